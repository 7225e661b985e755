#!/usr/bin/env node
// The Node that `npm ci` pinned runs fieldbook; any other only finds it. Kept to syntax that an old Node understands.
// Nothing of Node's is imported before it is needed: every command would wait for it.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isEnough = major > 24 || (major === 24 && minor >= 15);

await (isEnough ? runHere() : runWithPinnedNode());

async function runHere() {
	const bundle = new URL('../dist/main.js', import.meta.url).href;
	// What V8 made of the bundle the last time: a fifth of a start. Beside it, so that a build takes it away.
	const {fileURLToPath} = process.getBuiltinModule('node:url');
	process
		.getBuiltinModule('node:module')
		.enableCompileCache(fileURLToPath(new URL('../dist/compiled', import.meta.url)));
	try {
		await import(bundle);
	} catch (error) {
		if (!(error instanceof Error && 'url' in error && error.url === bundle)) {
			throw error;
		}

		console.error('fieldbook is not built yet.\n    Next: npm run build');
		process.exitCode = 70;
	}
}

async function runWithPinnedNode() {
	const {spawn} = await import('node:child_process');
	const {existsSync} = await import('node:fs');
	const {fileURLToPath} = await import('node:url');
	const name = process.platform === 'win32' ? 'node.exe' : 'node';
	const pinned = fileURLToPath(new URL(`../node_modules/node/bin/${name}`, import.meta.url));
	if (!existsSync(pinned)) {
		console.error(
			`fieldbook needs Node 24.15 or later; this is ${process.versions.node}.\n    Next: npm ci in fieldbook's folder, which brings its own.`,
		);
		process.exitCode = 70;
		return;
	}

	const child = spawn(pinned, process.argv.slice(1), {stdio: 'inherit'});
	// The terminal signals the whole group; the child decides what that means.
	process.on('SIGINT', () => {});
	process.on('SIGTERM', () => child.kill('SIGTERM'));
	process.on('SIGHUP', () => child.kill('SIGHUP'));
	child.on('exit', (code, signal) => {
		process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 70);
	});
}
