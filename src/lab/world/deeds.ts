import type {EsxiHost, Fault} from './esxi-host.js';
import {linkIsUp, setPlugged} from './network.js';
import {startService} from './services.js';

/** What a person does to these machines that no command does: the words behind `set`. */
export const deeds: readonly string[] = ['set cables HOST', 'set cable HOST NIC in|out', 'set console HOST'];

const hostNames = ['esxi1', 'esxi2'];

/** A problem with the words behind `set` that can be seen before there is a world. */
export function checkDeed(words: readonly string[]): string | undefined {
	const [verb = '', host = '', nic, position] = words;
	if (!['cables', 'cable', 'console'].includes(verb)) {
		return `Nobody here can set ${verb || 'nothing'}; known are: ${deeds.join(', ')}`;
	}

	// In `lab.yaml` the word HOST stands for whichever host the step runs on.
	if (!hostNames.includes(host) && host !== 'HOST') {
		return `There is no host ${host || 'without a name'}; there are ${hostNames.join(' and ')}`;
	}

	if (verb === 'cable') {
		return words.length === 4 && nic !== undefined && (position === 'in' || position === 'out')
			? undefined
			: 'Write which NIC and whether the cable goes in or out: set cable esxi1 vmnic1 in';
	}

	return words.length === 2 ? undefined : `set ${verb} wants a host and nothing else`;
}

/** Does it. Throws an Error with a sentence where it cannot be done. */
export function doDeed(
	words: readonly string[],
	hostNamed: (name: string) => EsxiHost,
	now: number,
): {readonly host: EsxiHost; readonly did: string} {
	const problem = checkDeed(words);
	if (problem !== undefined) {
		throw new Error(problem);
	}

	const [verb, name = '', nic = '', position] = words;
	const host = hostNamed(name);
	switch (verb) {
		case 'cables':
			return {
				host: {...host, nics: host.nics.map(nic => ({...nic, plugged: true}))},
				did: `${host.label}: every NIC has its cable`,
			};
		case 'cable':
			return {
				host: accepted(setPlugged(host, nic, position === 'in')),
				did: `${host.label}: the cable of ${nic} is ${position}`,
			};
		default:
			return {
				host: startService(host, 'SSH', now),
				did: `${host.label}: management network and SSH are set at the console`,
			};
	}
}

/** `look esxi1`: what somebody in front of the machine, or in its Host Client, would see. */
export function look(words: readonly string[], hostNamed: (name: string) => EsxiHost): string {
	const [name = ''] = words;
	if (words.length !== 1 || !hostNames.includes(name)) {
		throw new Error(`Only a host can be looked at: look ${hostNames.join(', look ')}`);
	}

	const {label, power, nics, config, disks} = hostNamed(name);
	if (power.kind === 'off' || power.kind === 'booting') {
		return power.kind === 'off' ? `${label} is off` : `${label} is booting`;
	}

	const lights = nics.filter(linkIsUp).map(({name}) => name);
	const stores = disks.flatMap(({datastores}) => datastores).filter(({type}) => type.startsWith('VMFS-'));
	return [
		`${label} is on`,
		`link lights: ${lights.join(' ') || 'none'}`,
		`switches: ${config.switches.map(({name}) => name).join(' ')}`,
		`datastores: ${stores.map(({label}) => label).join(' ') || 'none'}`,
		`software iSCSI: ${config.iscsi.enabled ? 'on' : 'off'}`,
	].join('; ');
}

function accepted(result: EsxiHost | Fault): EsxiHost {
	if (result.kind === 'fault') {
		throw new Error(`There is no ${result.name} on this host`);
	}

	return result;
}
