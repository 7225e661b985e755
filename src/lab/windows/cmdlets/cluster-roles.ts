import {type Cluster, type ClusterRole, isUp, newRole, withRole} from '../../wsfc/cluster.js';
import {isUsable} from '../../wsfc/disks.js';
import {sharedVolumesOf} from '../../wsfc/ground.js';
import {carrierOf, moveVm, roleState, startRole} from '../../wsfc/roles.js';
import type {Vm} from '../host-state.js';
import type {Call, Cmdlet} from '../powershell/cmdlet.js';
import {wildcard} from '../powershell/operators.js';
import {PsObject, toText} from '../powershell/value.js';
import {changeVm, findVm, freeMemoryMb} from '../vms.js';
import {isPattern, namesAsked} from './asking.js';
import {
	about,
	clusterFailure,
	clusterHere,
	clustering,
	groupNames,
	groupObject,
	type Here,
	nodeObject,
	nodeToTake,
} from './cluster-asking.js';
import {bring, diskResource, resourceState} from './cluster-storage.js';

/** Memory goes over a gigabit. */
const MS_PER_MB = 9;
/** What a live migration takes beside the memory; the machine stands still for less than a second of it. */
const LIVE_MS = 4_000;
/** A quick one writes the memory to the volume and reads it there. */
const QUICK_MS = 8_000;
/** What a guest may take to shut down. */
const STOP_MS = 5 * 60_000;
const GUEST_STOPS_MS = 15_000;

/** Groups, resources and virtual machines of the cluster. */
export const clusterRoleCmdlets: readonly Cmdlet[] = [
	{
		name: 'Get-ClusterGroup',
		parameters: 'Name -Cluster -InputObject',
		feature: clustering,
		async run(call) {
			const here = clusterHere(call);
			for (const name of await chosen(call, groupNames(here), 'group')) {
				await call.emit(groupObject(here, name));
			}
		},
	},
	group('Start-ClusterGroup', '-IgnoreLocked! -ChooseBestNode!', async (call, {name}) => start(call, name)),
	group('Stop-ClusterGroup', '-IgnoreLocked!', async (call, {name}) => stop(call, name)),
	group('Move-ClusterGroup', 'Node', async (call, {name}) => {
		const role = clusterHere(call).cluster.roles.find(each => each.name === name);
		return role === undefined ? moveOwn(call, name) : move(call, role, 'Quick');
	}),
	{
		name: 'Remove-ClusterGroup',
		parameters: 'Name -Force! -RemoveResources! -Cluster',
		feature: clustering,
		run(call) {
			const {wsfc, cluster} = clusterHere(call);
			for (const name of namesAsked(call)) {
				const carrier = carrierOf(cluster, name, wsfc.ground);
				if (carrier !== undefined) {
					wsfc.ground.replace(changeVm(wsfc.ground.host(carrier), name, {clustered: false}));
				}
				wsfc.put({...cluster, roles: cluster.roles.filter(role => role.name !== name)});
			}
		},
	},
	{
		name: 'Get-ClusterResource',
		parameters: 'Name -Cluster -InputObject',
		feature: clustering,
		async run(call) {
			const here = clusterHere(call);
			const all = resources(here);
			for (const name of await chosen(call, [...all.keys()], 'resource')) {
				const object = all.get(name);
				if (object !== undefined) {
					await call.emit(object);
				}
			}
		},
	},
	resource('Start-ClusterResource', startResource),
	resource('Stop-ClusterResource', stopResource),
	{
		name: 'Get-ClusterResourceType',
		parameters: 'Name -Cluster',
		feature: clustering,
		async run(call) {
			clusterHere(call);
			for (const name of await chosen(call, resourceTypes, 'resource type')) {
				await call.emit(
					new PsObject(
						'Microsoft.FailoverClusters.PowerShell.ClusterResourceType',
						{Name: name, DisplayName: name},
						{
							text: name,
						},
					),
				);
			}
		},
	},
	{
		name: 'Get-ClusterParameter',
		parameters: 'Name -InputObject -Cluster',
		feature: clustering,
		async run(call) {
			const {cluster} = clusterHere(call);
			const all = {MigrationExcludeNetworks: '', ...cluster.vmParameters};
			for (const name of await chosen(call, Object.keys(all), 'parameter', 'only')) {
				await call.emit(
					new PsObject('Microsoft.FailoverClusters.PowerShell.ClusterParameter', {
						Object: 'Virtual Machine',
						Name: name,
						Value: all[name as keyof typeof all] ?? '',
						Type: 'String',
					}),
				);
			}
		},
	},
	{
		name: 'Set-ClusterParameter',
		parameters: 'Name Value -InputObject -Cluster -Create! -Delete!',
		feature: clustering,
		run(call) {
			const {wsfc, cluster} = clusterHere(call);
			const name = call.text('Name') ?? '';
			wsfc.put({...cluster, vmParameters: {...cluster.vmParameters, [name]: call.text('Value') ?? ''}});
		},
	},
	{
		name: 'Add-ClusterVirtualMachineRole',
		parameters: 'VMName -Name -VMId -Cluster -VirtualMachine',
		feature: clustering,
		run: addRole,
	},
	{
		name: 'Move-ClusterVirtualMachineRole',
		parameters: 'Name Node -MigrationType -Cluster -Wait -Cancel! -VMId -InputObject -IgnoreLocked!',
		feature: clustering,
		async run(call) {
			const [asked = ''] = namesAsked(call);
			const role = mustFind(call, asked);
			const type = (call.text('MigrationType') ?? 'Quick').toLowerCase();
			await move(call, role, type === 'live' ? 'Live' : 'Quick');
			await call.emit(groupObject(clusterHere(call), role.name));
		},
	},
];

const resourceTypes = [
	'IP Address',
	'Network Name',
	'Physical Disk',
	'Virtual Machine',
	'Virtual Machine Configuration',
];

/** Of these, those that were asked for; what is not there is an error. */
async function chosen(
	call: Call,
	all: readonly string[],
	what: string,
	input: 'only' | 'names' = 'names',
): Promise<readonly string[]> {
	const names = input === 'only' ? call.texts('Name') : namesAsked(call);
	for (const name of names.filter(each => !isPattern(each))) {
		if (!all.some(each => each.toLowerCase() === name.toLowerCase())) {
			await call.error(
				`Failed to get the cluster ${what} '${name}'.\n    The cluster ${what} could not be found`,
				about(call, name),
			);
		}
	}
	return names.length === 0 ? all : all.filter(each => names.some(name => wildcard(name).test(each)));
}

function mustFind(call: Call, name: string): ClusterRole {
	const found = clusterHere(call).cluster.roles.find(role => role.name.toLowerCase() === name.toLowerCase());
	if (found === undefined) {
		throw clusterFailure(
			call,
			`Failed to get the cluster group '${name}'.\n    The cluster group could not be found`,
			name,
		);
	}
	return found;
}

/** Runs for each group that is named, and shows it. */
function group(
	name: string,
	more: string,
	change: (call: Call, group: {readonly name: string}) => Promise<void>,
): Cmdlet {
	return {
		name,
		parameters: `Name ${more} -Cluster -Wait -InputObject`,
		feature: clustering,
		async run(call) {
			const here = clusterHere(call);
			for (const each of await chosen(call, groupNames(here), 'group')) {
				await change(call, {name: each});
				await call.emit(groupObject(clusterHere(call), each));
			}
		},
	};
}

function resource(name: string, change: (call: Call, name: string) => Promise<void>): Cmdlet {
	return {
		name,
		parameters: 'Name -Cluster -Wait -InputObject -IgnoreLocked! -ChooseBestNode!',
		feature: clustering,
		async run(call) {
			for (const each of await chosen(call, [...resources(clusterHere(call)).keys()], 'resource')) {
				await change(call, each);
				const object = resources(clusterHere(call)).get(each);
				if (object !== undefined) {
					await call.emit(object);
				}
			}
		},
	};
}

/** By name, in the order of their names. */
function resources(here: Here): ReadonlyMap<string, PsObject> {
	const {wsfc, cluster} = here;
	const own = (name: string, type: string) =>
		resourceObject(here, {name, state: 'Online', group: 'Cluster Group', type, owner: cluster.coreOwner});
	const core = [
		...(cluster.address === '' ? [] : [['Cluster IP Address', own('Cluster IP Address', 'IP Address')] as const]),
		['Cluster Name', own('Cluster Name', 'Network Name')] as const,
	];
	const disks = cluster.disks.map(disk => [disk.name, diskResource(here, disk)] as const);
	const roles = cluster.roles.flatMap(role => {
		const state = roleState(cluster, role, wsfc.ground, wsfc.now());
		const group = role.name;
		const shown = role.failure === undefined ? state : `Failed (${role.failure})`;
		return [
			[vmResource(role.name), {name: vmResource(role.name), state: shown, type: 'Virtual Machine'}],
			[
				configuration(role.name),
				{name: configuration(role.name), state: role.configuration, type: 'Virtual Machine Configuration'},
			],
		].map(([name, about]) => {
			const described = about as {readonly name: string; readonly state: string; readonly type: string};
			return [name as string, resourceObject(here, {...described, group, owner: role.owner})] as const;
		});
	});
	return new Map([...core, ...disks, ...roles].toSorted(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
}

function vmResource(name: string): string {
	return `Virtual Machine ${name}`;
}

function configuration(name: string): string {
	return `Virtual Machine Configuration ${name}`;
}

function resourceObject(
	here: Here,
	{
		name,
		state,
		group,
		type,
		owner,
	}: {
		readonly name: string;
		readonly state: string;
		readonly group: string;
		readonly type: string;
		readonly owner: string;
	},
): PsObject {
	return new PsObject(
		'Microsoft.FailoverClusters.PowerShell.ClusterResource',
		{
			Name: name,
			State: resourceState(state),
			OwnerGroup: group,
			ResourceType: type,
			OwnerNode: nodeObject(here, owner),
		},
		{text: name},
	);
}

function roleOf(cluster: Cluster, resourceName: string): ClusterRole | undefined {
	return cluster.roles.find(({name}) => resourceName === vmResource(name) || resourceName === configuration(name));
}

function notOnline(call: Call, name: string) {
	return clusterFailure(
		call,
		`The operation on '${name}' failed.\n    The cluster resource could not be brought online by the resource monitor`,
	);
}

async function startResource(call: Call, name: string): Promise<void> {
	const {wsfc, cluster} = clusterHere(call);
	const disk = cluster.disks.find(each => each.name === name);
	if (disk !== undefined) {
		await call.shell.process.io.sleep(2_000);
		bring(call, name, isUp(cluster, disk.owner) ? disk.owner : call.shell.process.hostName);
		return;
	}
	const role = roleOf(cluster, name);
	if (role === undefined) {
		return;
	}
	if (name === vmResource(role.name)) {
		return start(call, role.name);
	}
	await call.shell.process.io.sleep(2_000);
	const vm = vmOf(call, role);
	// Of a node that is away: the one that is asked reads it
	const reader = isUp(cluster, role.owner) ? role.owner : call.shell.process.hostName;
	if (!sharedVolumesOf(vm).every(volume => isUsable(cluster, volume, reader, wsfc.ground))) {
		wsfc.put(withRole(clusterHere(call).cluster, role.name, {configuration: 'Failed'}));
		throw notOnline(call, name);
	}
	wsfc.put(withRole(clusterHere(call).cluster, role.name, {configuration: 'Online', failure: undefined}));
}

async function stopResource(call: Call, name: string): Promise<void> {
	const {wsfc, cluster} = clusterHere(call);
	const role = roleOf(cluster, name);
	await call.shell.process.io.sleep(2_000);
	if (role === undefined) {
		const disks = cluster.disks.map(disk => (disk.name === name ? {...disk, state: 'Offline' as const} : disk));
		wsfc.put({...cluster, disks});
		return;
	}
	await stop(call, role.name);
	if (name === configuration(role.name)) {
		wsfc.put(withRole(clusterHere(call).cluster, role.name, {configuration: 'Offline'}));
	}
}

function vmOf(call: Call, role: ClusterRole): Vm {
	const {wsfc, cluster} = clusterHere(call);
	const carrier = carrierOf(cluster, role.name, wsfc.ground);
	const vm = carrier === undefined ? undefined : findVm(wsfc.ground.host(carrier), role.name);
	if (vm === undefined) {
		throw clusterFailure(call, `The virtual machine '${role.name}' could not be found.`, role.name);
	}
	return vm;
}

/** The configuration first, then the machine; groups without one are always started. */
async function start(call: Call, name: string): Promise<void> {
	const {cluster} = clusterHere(call);
	const role = cluster.roles.find(each => each.name === name);
	if (role === undefined) {
		return;
	}
	if (role.configuration !== 'Online') {
		await startResource(call, configuration(name));
	}
	await call.shell.process.io.sleep(3_000);
	const {wsfc, cluster: now} = clusterHere(call);
	const started = startRole(now, now.roles.find(each => each.name === name) ?? role, wsfc.ground, wsfc.now());
	wsfc.put(started);
	if (started.roles.some(each => each.name === name && each.failure !== undefined)) {
		throw notOnline(call, vmResource(name));
	}
}

/** An orderly shutdown of the guest. */
async function stop(call: Call, name: string): Promise<void> {
	const {process} = call.shell;
	const {wsfc, cluster} = clusterHere(call);
	const role = cluster.roles.find(each => each.name === name);
	const vm = role && vmOf(call, role);
	if (role === undefined || vm === undefined || vm.power === 'Off') {
		return;
	}
	const guest = process.guest(name);
	if (guest?.shutDown !== undefined && guest.labHost().power.kind === 'on') {
		guest.shutDown('off', process.io.now());
		const until = process.io.now() + STOP_MS;
		while (process.io.now() < until && guest.labHost().power.kind !== 'off') {
			await process.io.sleep(1_000);
		}
	} else {
		await process.io.sleep(GUEST_STOPS_MS);
	}
	const carrier = carrierOf(clusterHere(call).cluster, name, wsfc.ground);
	if (carrier !== undefined) {
		wsfc.ground.replace(changeVm(wsfc.ground.host(carrier), name, {power: 'Off', wasRunning: false}));
	}
	wsfc.put(withRole(clusterHere(call).cluster, name, {wanted: false}));
}

/** The cluster's own groups. */
async function moveOwn(call: Call, name: string): Promise<void> {
	const here = clusterHere(call);
	const node = call.text('Node');
	const owner = name === 'Cluster Group' ? here.cluster.coreOwner : here.cluster.storageOwner;
	const others = here.cluster.nodes.filter(({host, state}) => state === 'Up' && host !== owner);
	const to = node === undefined ? (others[0]?.host ?? owner) : nodeToTake(call, here, node);
	await call.shell.process.io.sleep(2_000);
	const {wsfc, cluster} = clusterHere(call);
	wsfc.put(name === 'Cluster Group' ? {...cluster, coreOwner: to} : {...cluster, storageOwner: to});
}

/** Live: it runs all the time. Quick: it is saved here and goes on there; off, it is only registered there. */
async function move(call: Call, before: ClusterRole, type: 'Live' | 'Quick'): Promise<void> {
	const {process} = call.shell;
	const here = clusterHere(call);
	const {wsfc} = here;
	const node = call.text('Node');
	const others = here.cluster.nodes.filter(({host, state}) => state === 'Up' && host !== before.owner);
	const to = node === undefined ? (others[0]?.host ?? before.owner) : nodeToTake(call, here, node);
	if (to === before.owner) {
		return;
	}
	const vm = vmOf(call, before);
	const isUsableThere = sharedVolumesOf(vm).every(volume => isUsable(here.cluster, volume, to, wsfc.ground));
	const ownerIsUp = isUp(here.cluster, before.owner);
	const runs = vm.power === 'Running' && ownerIsUp;
	if (runs && (!isUsableThere || vm.critical)) {
		throw clusterFailure(
			call,
			`Failed to move the virtual machine '${before.name}'.\n    The operation cannot be performed while its storage is not accessible`,
		);
	}
	if (runs && freeMemoryMb(wsfc.ground.host(to)) < vm.memoryMb) {
		throw clusterFailure(
			call,
			`Live migration of 'Virtual Machine ${before.name}' failed.\n    Virtual machine migration operation for '${before.name}' failed at migration destination '${wsfc.ground.host(to).computerName}'. Not enough memory in the system to start the virtual machine ${before.name}. Could not initialize memory: Ran out of memory (0x8007000E).`,
		);
	}
	await process.io.sleep(runs ? (type === 'Live' ? LIVE_MS : QUICK_MS) + vm.memoryMb * MS_PER_MB : 2_000);
	const {cluster} = clusterHere(call);
	const now = vmOf(call, before);
	if (!isUp(cluster, to) || (runs && !isUp(cluster, before.owner))) {
		throw clusterFailure(
			call,
			`Failed to move the virtual machine '${before.name}'.\n    The cluster node is not available`,
		);
	}
	const power = ownerIsUp ? now.power : 'Off';
	// What takes it along must find its new owner first: else it would be failed over
	const configuredAgain = ownerIsUp ? before.configuration : 'Offline';
	moveVm(cluster, {...now, power, critical: false, wasRunning: false}, to, wsfc.ground);
	wsfc.put(
		withRole(clusterHere(call).cluster, before.name, {
			owner: to,
			wanted: power === 'Running',
			configuration: configuredAgain,
		}),
	);
}

async function addRole(call: Call): Promise<void> {
	const here = clusterHere(call);
	const {wsfc, cluster} = here;
	const [piped] = call.input ?? [];
	const name =
		call.text('VMName') ?? call.text('Name') ?? toText(piped instanceof PsObject ? (piped.get('Name') ?? null) : null);
	const carrier = cluster.nodes.map(({host}) => host).find(host => findVm(wsfc.ground.host(host), name) !== undefined);
	const vm = carrier === undefined ? undefined : findVm(wsfc.ground.host(carrier), name);
	if (carrier === undefined || vm === undefined) {
		throw clusterFailure(call, `The virtual machine '${name}' could not be found.`, name);
	}
	if (vm.clustered) {
		throw clusterFailure(call, `The virtual machine '${name}' is already configured for high availability.`);
	}
	if (sharedVolumesOf(vm).length === 0) {
		await call.shell.display.message(
			'warning',
			`The virtual machine '${name}' uses storage that is not on a disk of the cluster.`,
		);
	}
	await call.shell.process.io.sleep(3_000);
	wsfc.ground.replace(changeVm(wsfc.ground.host(carrier), vm.name, {clustered: true}));
	const now = clusterHere(call).cluster;
	wsfc.put({...now, roles: [...now.roles, newRole(vm.name, carrier, vm.power === 'Running')]});
	await call.emit(groupObject(clusterHere(call), vm.name));
}
