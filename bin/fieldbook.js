#!/usr/bin/env node
// The Node that `npm ci` pinned runs fieldbook; any other only finds it. Kept to syntax that an old Node understands.
import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isEnough = major > 24 || (major === 24 && minor >= 15);
const bundle = new URL('../dist/main.js', import.meta.url);

if (!existsSync(bundle)) {
	console.error('fieldbook is not built yet.\n    Next: npm run build');
	process.exitCode = 70;
} else if (isEnough) {
	await import(bundle.href);
} else {
	const name = process.platform === 'win32' ? 'node.exe' : 'node';
	const pinned = fileURLToPath(new URL(`../node_modules/node/bin/${name}`, import.meta.url));
	if (existsSync(pinned)) {
		const child = spawn(pinned, process.argv.slice(1), {stdio: 'inherit'});
		// The terminal signals the whole group; the child decides what that means.
		process.on('SIGINT', () => {});
		process.on('SIGTERM', () => child.kill('SIGTERM'));
		process.on('SIGHUP', () => child.kill('SIGHUP'));

		child.on('exit', (code, signal) => {
			process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 70);
		});
	} else {
		console.error(
			`fieldbook needs Node 24.15 or later; this is ${process.versions.node}.\n    Next: npm ci in fieldbook's folder, which brings its own.`,
		);
		process.exitCode = 70;
	}
}
