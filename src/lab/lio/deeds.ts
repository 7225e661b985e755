import type {LinuxHost} from '../linux/linux-host.js';

/** What is wrong with the words of `set hang HOST target [off]` and `set pdl HOST on|off`. */
export function checkTargetDeed(
	verb: 'hang' | 'pdl',
	name: string | undefined,
	[what, ...rest]: readonly string[],
): string | undefined {
	if (verb === 'hang') {
		return what === 'target' && (rest.length === 0 || (rest.length === 1 && rest[0] === 'off'))
			? undefined
			: `Write set hang ${name} target, or set hang ${name} target off`;
	}

	return rest.length === 0 && (what === 'on' || what === 'off') ? undefined : `Write set pdl ${name} on, or off`;
}

/** A bug of LIO under load: stopping it does not come back. And a target that says its devices are gone for good. */
export function targetDeed(
	verb: 'hang' | 'pdl',
	words: readonly string[],
	host: LinuxHost,
): {readonly host: LinuxHost; readonly did: string} {
	const isOn = !words.includes('off');
	return verb === 'hang'
		? {
				host: {...host, lio: {...host.lio, hangs: isOn}},
				did: `${host.label}: stopping the target ${isOn ? 'hangs from now on' : 'comes back again'}`,
			}
		: {
				host: {...host, lio: {...host.lio, isLost: isOn}},
				did: `${host.label}: the target says that its devices are ${isOn ? 'gone for good' : 'there again'}`,
			};
}
