import type {CommandIo} from '../host.js';
import type {Surroundings} from '../linux/command.js';
import {findDevice} from '../linux/disks.js';
import {journaled} from '../linux/journal.js';
import type {LinuxHost} from '../linux/linux-host.js';
import {isActive} from '../linux/units.js';
import {cleared, type Lio} from './configuration.js';
import {readSaveconfig, SAVECONFIG} from './saveconfig.js';

/** What the kernel's target is after the file was read into it, and what of the file could not be. No file: nothing. */
export async function restored(
	surroundings: Surroundings,
	io: Pick<CommandIo, 'fs'>,
	file: string,
): Promise<{readonly lio: Lio; readonly errors: readonly string[]}> {
	const text = (await io.fs.exists(file)) ? await io.fs.readFile(file) : undefined;
	const host = surroundings.host();
	const mirrors = surroundings.mirrors();
	const read =
		text === undefined ? undefined : readSaveconfig(text, path => findDevice(host, path, mirrors) !== undefined);
	return {
		lio: {...cleared(host.lio), ...read?.lio, isRestored: isActive(host, 'target')},
		errors:
			text !== undefined && read === undefined
				? [`Could not read ${file}: it is no saved configuration`]
				: (read?.errors ?? []),
	};
}

/** `systemctl start target`: what could not be restored stands in the journal. */
export async function targetStarted(surroundings: Surroundings, io: CommandIo): Promise<LinuxHost> {
	const {lio, errors} = await restored(surroundings, io, SAVECONFIG);
	return errors.reduce<LinuxHost>((host, line) => journaled(host, io.now(), 'target[1431]', line), {
		...surroundings.host(),
		lio: {...lio, isRestored: true},
	});
}

/** `systemctl stop target`; while it hangs, it does not come back. */
export async function targetStopped(surroundings: Surroundings, io: CommandIo): Promise<LinuxHost> {
	while (surroundings.host().lio.hangs) {
		await io.sleep(1_000);
	}

	const host = surroundings.host();
	return {...host, lio: cleared(host.lio)};
}
