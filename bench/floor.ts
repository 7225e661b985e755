// What the bare parts cost, with nothing of fieldbook: the floor that we compare with.
//   floor.ts FOLDER COUNT    one ssh2 connection without delay, COUNT times `true`, two fsyncs each
import {closeSync, fsyncSync, openSync, readFileSync, writeSync} from 'node:fs';
import {connect} from 'node:net';
import {userInfo} from 'node:os';
import {join} from 'node:path';
import ssh2 from 'ssh2';

const [, , folder = '', count = '100'] = process.argv;
const client = new ssh2.Client();
await new Promise<void>((resolve, reject) => {
	client.once('ready', () => resolve()).on('error', reject);
	client.connect({
		sock: connect({host: '127.0.0.1', port: 2222, noDelay: true}),
		username: userInfo().username,
		privateKey: readFileSync(join(folder, 'id')),
		hostVerifier: () => true,
	});
});
const journal = openSync(join(folder, 'floor.jsonl'), 'a');
for (let step = 0; step < Number(count); step++) {
	note({step, event: 'intended'});
	note({step, event: 'ended', status: await exec('true')});
}

closeSync(journal);
client.end();

function note(fact: object): void {
	writeSync(journal, `${JSON.stringify(fact)}\n`);
	fsyncSync(journal);
}

function exec(command: string): Promise<number | null | undefined> {
	return new Promise((resolve, reject) =>
		client.exec(command, (error, stream) => {
			if (error) {
				reject(error);
				return;
			}

			let status: number | null | undefined;
			stream.on('exit', code => {
				status = code;
			});
			stream.on('close', () => resolve(status)).resume();
			stream.stderr.resume();
		}),
	);
}
