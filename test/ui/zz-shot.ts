import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {startInTerminal} from '../terminal.ts';
import {bundleProgram} from './bundle.ts';

// shot.ts NAME COLSxROWS 'args' key,key,~text-to-wait...
const [name, size, args, ...steps] = process.argv.slice(2);
const [columns, rows] = size.split('x').map(Number);
const file = await bundleProgram();
const t = startInTerminal([process.execPath, file, ...args.split(' ').filter(Boolean)], {columns, rows});
try {
	for (const s of steps) {
		if (s.startsWith('~')) await t.waitFor(s.slice(1));
		else if (s.startsWith('+')) await new Promise(r => setTimeout(r, Number(s.slice(1))));
		else t.press(s);
	}
	await new Promise(r => setTimeout(r, 400));
} catch (e) {
	console.log(String(e).slice(0, 300));
}
console.log(t.screen());
writeFileSync(`/tmp/ui/${name}.svg`, t.svg());
execFileSync('rsvg-convert', ['-z', '1.3', `/tmp/ui/${name}.svg`, '-o', `/tmp/ui/${name}.png`]);
await t.stop();
process.exit(0);
