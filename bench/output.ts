import {join} from 'node:path';
import {plainRun} from './fieldbook.ts';
import {printRatio, program, runRounds} from './rounds.ts';
import {withSshd} from './sshd.ts';
import {floodCommand, floodRunbook} from './synthetic.ts';

/** One step that prints 1 GiB into the run file, against ssh into nothing; less and more, to see that memory is flat. */
export async function output(scratch: string, rounds: number): Promise<void> {
	await withSshd(async sshd => {
		const ours = (mebibytes: number) =>
			program(
				plainRun(sshd, scratch, {
					label: `fieldbook, ${mebibytes} MiB`,
					name: `flood-${mebibytes}`,
					runbook: floodRunbook(mebibytes),
					parts: 1,
					bytes: mebibytes * 1024 * 1024,
				}),
			);
		const samples = await runRounds('Output of one step', rounds, [
			ours(1024),
			program({
				label: 'ssh, aes128-gcm, 1024 MiB',
				command: [...sshd.inside, 'ssh', '-F', join(sshd.folder, 'ssh_config'), '127.0.0.1', floodCommand(1024)],
			}),
			ours(256),
		]);
		printRatio(samples, 'fieldbook, 1024 MiB', 'ssh, aes128-gcm, 1024 MiB', 'at most 2, which is half of the rate');
		await runRounds('More output of one step', Math.min(rounds, 2), [ours(4096)]);
		console.log('resident: goal: under 250 MB (238 MiB), the same for 256, 1024 and 4096 MiB');
	});
}
