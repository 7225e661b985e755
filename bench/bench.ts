// npm run bench -- [outline|steps|fanout|output|start|stream|stream8|redact|interpret|parse|simulation|report]...    all of them if none is named; ROUNDS=9 for more than 5 rounds
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {cpus, tmpdir} from 'node:os';
import {join} from 'node:path';
import {fanout} from './fanout.ts';
import {interpret} from './interpret.ts';
import {outline} from './outline.ts';
import {output} from './output.ts';
import {parse} from './parse.ts';
import {redact} from './redact.ts';
import {report} from './report.ts';
import {simulation} from './simulation.ts';
import {start} from './start.ts';
import {steps} from './steps.ts';
import {stream} from './stream.ts';
import {stream8} from './stream8.ts';

const benches = {steps, fanout, output, start, stream, stream8, redact, interpret, parse, outline, simulation, report};
const rounds = Number(process.env['ROUNDS'] ?? 5);
const named = process.argv.slice(2);
const unknown = named.filter(name => !(name in benches));
if (unknown.length > 0 || !(rounds >= 1)) {
	throw new Error(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
}

const scratch = mkdtempSync(join(tmpdir(), 'fieldbook-bench-'));
process.env['FIELDBOOK_HOME'] = join(scratch, 'home');
const version = execFileSync(process.execPath, ['bin/fieldbook.js', '--version'], {encoding: 'utf8'}).trim();
console.log(
	`fieldbook ${version}, Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model}, ${new Date().toISOString().slice(0, 10)}`,
);
try {
	for (const [name, bench] of Object.entries(benches)) {
		if (named.length === 0 || named.includes(name)) {
			await bench(scratch, rounds);
		}
	}
} finally {
	rmSync(scratch, {recursive: true, force: true});
}
