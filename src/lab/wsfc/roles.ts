import type {Vm} from '../windows/host-state.js';
import {changeVm, findVm, freeMemoryMb, withoutVm, withVm} from '../windows/vms.js';
import {type Cluster, type ClusterRole, isIsolated, isUp, nodeOf, THRESHOLD_OF_CLUSTER, withRole} from './cluster.js';
import {isUsable} from './disks.js';
import {type Ground, sharedVolumesOf} from './ground.js';

const HOUR_MS = 3_600_000;

/** Virtual machines of the cluster go where it has them, stop with their volumes, and start again where they should. */
export function followRoles(before: Cluster, ground: Ground, now: number): Cluster {
	return before.roles.reduce((cluster, {name}) => {
		const role = cluster.roles.find(each => each.name === name);
		return role === undefined ? cluster : followRole(cluster, role, ground, now);
	}, before);
}

/** Where the virtual machine is registered; undefined: somebody has removed it. */
export function carrierOf(cluster: Cluster, name: string, ground: Ground): string | undefined {
	return cluster.nodes.map(({host}) => host).find(host => findVm(ground.host(host), name)?.clustered === true);
}

function followRole(before: Cluster, role: ClusterRole, ground: Ground, now: number): Cluster {
	const node = nodeOf(before, role.owner);
	const carrier = carrierOf(before, role.name, ground);
	const vm = carrier === undefined ? undefined : findVm(ground.host(carrier), role.name);
	if (node === undefined || carrier === undefined || vm === undefined || isIsolated(before, node, now)) {
		return before;
	}

	if (node.state !== 'Up') {
		return failOver(before, role, vm, ground, now);
	}

	const isCut = sharedVolumesOf(vm).some(volume => !isUsable(before, volume, role.owner, ground));
	const hasFailed = sharedVolumesOf(vm).some(volume =>
		before.disks.some(disk => disk.volume === volume && disk.state === 'Failed'),
	);
	if (hasFailed && role.configuration === 'Online') {
		return withRole(before, role.name, {configuration: 'Failed'});
	}

	return isCut || role.configuration !== 'Online' ? before : asWanted(before, role, vm, ground, now);
}

/** What somebody did with Hyper-V's own means is what is wanted from now on; what its host lost is started again. */
function asWanted(cluster: Cluster, role: ClusterRole, vm: Vm, ground: Ground, now: number): Cluster {
	const runs = vm.power === 'Running';
	if (runs === role.wanted || vm.power === 'Paused') {
		return cluster;
	}

	if (runs || !vm.wasRunning) {
		return withRole(cluster, role.name, {wanted: runs});
	}

	return startRole(cluster, role, ground, now);
}

/** On the node that owns it. Without the memory for it, it fails. */
export function startRole(cluster: Cluster, role: ClusterRole, ground: Ground, now: number): Cluster {
	const host = ground.host(role.owner);
	const vm = findVm(host, role.name);
	if (vm === undefined || vm.power === 'Running') {
		return withRole(cluster, role.name, {wanted: true});
	}

	if (freeMemoryMb(host) < vm.memoryMb) {
		return withRole(cluster, role.name, {wanted: false, failure: 'Insufficient Resources'});
	}

	ground.replace(changeVm(host, vm.name, {power: 'Running', since: now, wasRunning: false, guestOn: false}));
	return withRole(cluster, role.name, {wanted: true, failure: undefined});
}

/** To the next node that is Up, as often as its group may; then it stays there, and off. */
function failOver(cluster: Cluster, role: ClusterRole, vm: Vm, ground: Ground, now: number): Cluster {
	const to = cluster.nodes.find(({host, paused}) => isUp(cluster, host) && !paused && host !== role.owner)?.host;
	if (to === undefined) {
		return cluster;
	}

	const isLeaving = nodeOf(cluster, role.owner)?.isolatedSince === undefined && ground.isOn(role.owner);
	if (isLeaving) {
		// Whoever leaves in order hands its machines over as they are
		moveVm(cluster, vm, to, ground);
		return withRole(cluster, role.name, {owner: to});
	}

	const recent = role.failovers.filter(at => now - at < role.failoverPeriod * HOUR_MS);
	const most = role.failoverThreshold === THRESHOLD_OF_CLUSTER ? cluster.nodes.length - 1 : role.failoverThreshold;
	const mayStart = recent.length < most && role.wanted;
	moveVm(cluster, {...vm, power: 'Off', critical: false, wasRunning: mayStart}, to, ground);
	return withRole(cluster, role.name, {owner: to, wanted: mayStart, failovers: [...recent, now]});
}

/** Registers it on another node, as it is. */
export function moveVm(cluster: Cluster, vm: Vm, to: string, ground: Ground): void {
	const from = carrierOf(cluster, vm.name, ground);
	const left = from === undefined || from === to ? [] : [withoutVm(ground.host(from), vm.name)];
	ground.replaceTogether([...left, withVm(ground.host(to), vm)]);
}

/** Without its volume a virtual machine stands still; with it, it goes on. */
export function followVolumes(cluster: Cluster, ground: Ground): void {
	for (const {host: name} of cluster.nodes) {
		for (const vm of ground.host(name).vms) {
			const critical =
				vm.power !== 'Saved' && sharedVolumesOf(vm).some(volume => !isUsable(cluster, volume, name, ground));
			if (critical !== vm.critical) {
				ground.replace(changeVm(ground.host(name), vm.name, {critical}));
			}
		}
	}
}

/** As `Get-ClusterGroup` has a virtual machine. */
export function roleState(cluster: Cluster, role: ClusterRole, ground: Ground, now: number): string {
	const node = nodeOf(cluster, role.owner);
	const vm = node && findVm(ground.host(role.owner), role.name);
	if (node !== undefined && isIsolated(cluster, node, now)) {
		return 'Unknown';
	}

	if (role.configuration === 'Failed' || role.failure !== undefined) {
		return 'Failed';
	}

	return vm?.power === 'Running' || vm?.power === 'Paused' ? 'Online' : 'Offline';
}
