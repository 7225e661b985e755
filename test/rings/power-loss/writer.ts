import {writeSync} from 'node:fs';
import {createRunFile, openRunFile} from '../../../src/store/run-file.js';
import type {RunFile} from '../../../src/store/writer.js';
import {blobs, eventAt, key, meta, outputOf} from './written.js';

/**
Writes a run as the program does and says on standard output what is durable, as soon as it is: created, two openings, a
clean close after each. Traced by power-loss.test.ts. Arguments: the path, how long every third output is, and how many events
each opening writes.
*/
const [path = '', longest = '', ...counts] = process.argv.slice(2);
let seq = 0;

async function write(run: RunFile, count: number): Promise<void> {
	for (let left = count; left > 0; left--) {
		seq += 1;
		run.writeOutput(key(seq), 'out', outputOf(seq, Number(longest)));
		await run.append([eventAt(seq, run.endOutput(key(seq)))], seq * 1000);
		writeSync(1, `acked ${seq}\n`);
	}

	await run.close();
	writeSync(1, `closed ${seq}\n`);
}

for (const [index, count] of counts.map(Number).entries()) {
	await write(index === 0 ? createRunFile(path, meta, blobs) : openRunFile(path), count);
}
