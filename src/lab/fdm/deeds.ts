import {type HaCluster, hostNames, isActing, monitorings, priorities, responses, withVm} from './cluster.js';

export const deeds = [
	'set partition NAME HOST,HOST… | HOST,HOST…',
	'set partition NAME healed',
	'set vcenter NAME up|down',
	'set response NAME leaveOn|powerOff|shutdown',
	'set monitoring NAME disabled|high|medium|low',
	'set vmcp NAME on|off',
	'set guest NAME VM crashed|toolsStopped|well',
	'set reservation NAME VM MB',
	'set priority NAME VM PRIORITY',
	'set place NAME VM HOST|master|slave',
	'set place NAME VM with VM',
	'set start NAME VM',
] as const;

const guestStates = ['crashed', 'toolsStopped', 'well'] as const;

/** What may stand behind the name, by verb; the rest depends on the cluster. */
const forms: Readonly<Record<string, RegExp>> = {
	partition: /^(healed|[\w.-]+(,[\w.-]+)* \| [\w.-]+(,[\w.-]+)*)$/,
	vcenter: /^(up|down)$/,
	response: new RegExp(`^(${responses.join('|')})$`),
	monitoring: new RegExp(`^(${monitorings.join('|')})$`),
	vmcp: /^(on|off)$/,
	guest: new RegExp(`^\\S+ (${guestStates.join('|')})$`),
	reservation: /^\S+ \d{1,7}$/,
	priority: new RegExp(`^\\S+ (${priorities.join('|')})$`),
	place: /^\S+ (?:with )?\S+$/,
	start: /^\S+$/,
};

export function checkDeed([verb = '', , ...rest]: readonly string[]): string | undefined {
	const form = deeds.find(deed => deed.split(' ')[1] === verb);
	return forms[verb]?.test(rest.join(' ')) ? undefined : `Write it so: ${form}`;
}

export type Done = {
	readonly cluster: HaCluster;
	readonly did: string;
	/** A virtual machine that is carried to another host while it runs. */
	readonly moves?: {readonly vm: string; readonly to: string};
	/** A virtual machine that vCenter powers on where it is registered. */
	readonly starts?: string;
	/** A guest that stops, or works again. */
	readonly guest?: {readonly vm: string; readonly isStuck: boolean};
};

/** What a person does in vCenter, at a switch or in a guest. Throws an Error with a sentence. */
export function doDeed(cluster: HaCluster, [verb = '', name = '', ...rest]: readonly string[]): Done {
	const [first = '', second = '', third = ''] = rest;
	switch (verb) {
		case 'partition':
			return split(cluster, rest.join(' '));
		case 'vcenter':
			return {cluster: {...cluster, vcenter: first === 'up' ? 'up' : 'down'}, did: `vCenter is ${first}`};
		case 'guest':
			return changeGuest(cluster, knownVm(cluster, first), second);
		case 'place':
			return place(cluster, knownVm(cluster, first), second, third);
		case 'start':
			return {cluster, did: `${first} is powered on`, starts: knownVm(cluster, first)};
	}

	if (cluster.vcenter === 'down') {
		throw new Error(`Nobody can change ${name}: vCenter is down`);
	}

	switch (verb) {
		case 'response':
			return configured(
				cluster,
				{response: responses.find(each => each === first) ?? 'leaveOn'},
				`the isolation response of ${name} is ${first}`,
			);
		case 'monitoring':
			return configured(
				cluster,
				{monitoring: monitorings.find(each => each === first) ?? 'disabled'},
				`VM monitoring of ${name} is ${first}`,
			);
		case 'vmcp':
			return configured(cluster, {vmcp: first === 'on'}, `VM component protection of ${name} is ${first}`);
		case 'reservation':
			return metadata(
				withVm(cluster, knownVm(cluster, first), {reservationMb: Number(second)}),
				`${first} reserves ${second} MB`,
			);
		default:
			return metadata(
				withVm(cluster, knownVm(cluster, first), {priority: priorities.find(each => each === second) ?? 'medium'}),
				`${first} has the restart priority ${second}`,
			);
	}
}

function split(cluster: HaCluster, words: string): Done {
	if (words === 'healed') {
		return {cluster: {...cluster, sides: []}, did: 'The switch is whole again'};
	}

	const sides = words.split(' | ').map(side => side.split(','));
	const unknown = sides.flat().find(host => !hostNames(cluster).includes(host));
	if (unknown !== undefined) {
		throw new Error(`There is no ${unknown} in ${cluster.name}; there are ${hostNames(cluster).join(', ')}`);
	}

	return {
		cluster: {...cluster, sides},
		did: `The switch is split: ${sides.map(side => side.join(' and ')).join(' apart from ')}`,
	};
}

function changeGuest(cluster: HaCluster, vm: string, word: string): Done {
	const state = guestStates.find(each => each === word) ?? 'well';
	const resets = cluster.guests[vm]?.resets ?? [];
	return {
		cluster: {...cluster, guests: {...cluster.guests, [vm]: {state, resets}}},
		did: {
			crashed: `The guest of ${vm} has crashed`,
			toolsStopped: `VMware Tools of ${vm} are stopped`,
			well: `The guest of ${vm} works`,
		}[state],
		guest: {vm, isStuck: state === 'crashed'},
	};
}

/** `master`, `slave`: whichever host that is at the moment; `with`: where another virtual machine is. */
function place(cluster: HaCluster, vm: string, word: string, other: string): Done {
	if (word === 'with') {
		const name = knownVm(cluster, other);
		return place(cluster, vm, cluster.vms.find(each => each.name === name)?.host ?? '', '');
	}

	const master = hostNames(cluster).find(host => isActing(cluster, host));
	const slave = hostNames(cluster).find(host => cluster.agents[host]?.role.kind === 'slave');
	const to = word === 'master' ? master : word === 'slave' ? slave : hostNames(cluster).find(host => host === word);
	if (to === undefined) {
		throw new Error(`There is no ${word} in ${cluster.name} that ${vm} could be moved to`);
	}

	return {cluster: withVm(cluster, vm, {host: to}), did: `${vm} is moved to ${to}`, moves: {vm, to}};
}

function knownVm({vms, name}: HaCluster, vm: string): string {
	if (!vms.some(each => each.name === vm)) {
		throw new Error(`There is no ${vm} in ${name}; there are ${vms.map(each => each.name).join(', ')}`);
	}

	return vm;
}

function configured(cluster: HaCluster, change: Partial<HaCluster['settings']>, did: string): Done {
	const versions = {...cluster.versions, config: cluster.versions.config + 1};
	return {cluster: {...cluster, settings: {...cluster.settings, ...change}, versions}, did};
}

function metadata(cluster: HaCluster, did: string): Done {
	return {cluster: {...cluster, versions: {...cluster.versions, vmMetadata: cluster.versions.vmMetadata + 1}}, did};
}
