import {
	agentOf,
	type HaCluster,
	hostNames,
	isActing,
	moidOf,
	type ProtectedVm,
	priorities,
	type Restart,
	withAgent,
	withVm,
	writeLog,
} from './cluster.js';
import {type Act, heardBy, hears, isFunctional, type Scene} from './ground.js';
import {
	APD_TIMEOUT_MS,
	GUEST_SHUTDOWN_MS,
	IO_CHECK_MS,
	MAX_RESETS,
	monitoringLevels,
	RETRY_AFTER_MS,
	SHUTDOWN_LIMIT_MS,
	START_SPACING_MS,
	VM_FAILURE_SEEN_MS,
	VMCP_DELAY_MS,
} from './timings.js';

export type Settled = {readonly cluster: HaCluster; readonly acts: readonly Act[]};

/** What the agents do for the virtual machines at `now`, once it is settled who leads. */
export function settleVms(cluster: HaCluster, scene: Scene): Settled {
	const steps = [see, respond, endCopies, watchStorage, watchGuests, planRestarts, attempt];
	return steps.reduce(
		(before: Settled, step) => {
			const {cluster: after, acts} = step(before.cluster, scene);
			return {cluster: after, acts: [...before.acts, ...acts]};
		},
		{cluster, acts: []},
	);
}

/** Where each virtual machine is. Whoever stops one by hand takes its protection from it; whoever starts one gives it back. */
function see(cluster: HaCluster, {ground, now}: Scene): Settled {
	let after = cluster;
	for (const vm of cluster.vms) {
		const on = ground.runningOn(vm);
		const {host} = vm;
		if (on.length > 0) {
			const isWhereItWas = host !== undefined && on.includes(host);
			const seen = {
				host: isWhereItWas ? host : on[0],
				// Only vCenter tells the master what is to be protected
				isProtected: vm.isProtected || cluster.vcenter === 'up',
				offSince: undefined,
			};
			const isSame = vm.host === seen.host && vm.isProtected === seen.isProtected && vm.offSince === undefined;
			after = isSame ? after : withVm(after, vm.name, seen);
		} else if (host !== undefined && ground.isUp(host) && ground.wasStopped(vm, host)) {
			after = vm.isProtected ? withVm(after, vm.name, {isProtected: false, offSince: undefined}) : after;
			after = withoutRestart(after, vm.name);
		} else if (vm.offSince === undefined) {
			after = withVm(after, vm.name, {offSince: now});
		}
	}

	return {cluster: after, acts: []};
}

/**
T60 of a slave, T35 of a master: what was set as the response. A virtual machine goes down only where somebody has taken it
over, or where its own datastore is gone; else the agent goes on asking.
*/
function respond(cluster: HaCluster, scene: Scene): Settled {
	const {ground, now} = scene;
	const acts: Act[] = [];
	let after = cluster;
	for (const host of hostNames(cluster)) {
		const {isolated} = agentOf(after, host);
		for (const vm of runningOn(after, host, scene)) {
			const due = agentOf(after, host).shutdowns[vm.name];
			if (due !== undefined && due <= now) {
				acts.push({kind: 'stop', vm, host});
				after = writeLog(after, host, due, `${vm.vmx} is off`, 'Policy');
			}
		}

		if (isolated === undefined || isolated.hasResponded || isolated.respondsAt > now) {
			continue;
		}

		const {response} = after.settings;
		const running = runningOn(after, host, scene);
		const owner = (vm: ProtectedVm) => after.owners[vm.datastore];
		const mayGo = (vm: ProtectedVm) =>
			ground.path(host, vm.datastore) !== 'active' || (owner(vm) !== undefined && owner(vm) !== host);
		if (response !== 'leaveOn' && !running.every(mayGo)) {
			continue;
		}

		after = withAgent(after, host, {isolated: {...isolated, hasResponded: true}});
		after = writeLog(after, host, isolated.respondsAt, `Isolation response is ${response}`, 'Policy');
		if (response === 'powerOff') {
			acts.push(...running.map(vm => ({kind: 'stop', vm, host}) as const));
		} else if (response === 'shutdown') {
			const shutsDown = ({name}: ProtectedVm) => (after.guests[name]?.state ?? 'well') === 'well';
			const ends = running.map(
				vm => [vm.name, isolated.respondsAt + (shutsDown(vm) ? GUEST_SHUTDOWN_MS : SHUTDOWN_LIMIT_MS)] as const,
			);
			after = withAgent(after, host, {shutdowns: Object.fromEntries(ends)});
		}
	}

	return {cluster: after, acts};
}

/** A copy that was left running has lost its lock: where its host sees the datastore again, it is ended, and then its entry goes. */
function endCopies(cluster: HaCluster, scene: Scene): Settled {
	const {ground} = scene;
	let after = cluster;
	const acts = cluster.vms.flatMap(vm => {
		const on = ground.runningOn(vm);
		const others = hostNames(cluster).filter(
			host => host !== vm.host && isFunctional(cluster, host, scene) && ground.path(host, vm.datastore) === 'active',
		);
		return others.flatMap((host): readonly Act[] => {
			if (on.includes(host) && vm.host !== undefined && on.includes(vm.host)) {
				after = writeLog(after, host, scene.now, `${vm.vmx} has lost its lock and is ended`, 'Policy', 'warning');
				return [{kind: 'stop', vm, host}];
			}

			const isStale = ground.isRegistered(vm, host) && !on.includes(host) && on.length > 0;
			return isStale && heardBy(cluster, host, scene).length > 0 ? [{kind: 'unregister', vm, host}] : [];
		});
	});
	return {cluster: after, acts};
}

/** VM component protection: after 5 min 20 s without any path, or at once where the device is gone, if another host can take over. */
function watchStorage(cluster: HaCluster, scene: Scene): Settled {
	const {ground, now} = scene;
	const acts: Act[] = [];
	let after = cluster;
	for (const host of hostNames(cluster)) {
		for (const store of new Set(cluster.vms.map(vm => vm.datastore))) {
			const {lostStores} = agentOf(after, host);
			const path = ground.path(host, store);
			const {[store]: since, ...others} = lostStores;
			if (path === 'active' || !ground.isUp(host)) {
				after = since === undefined ? after : withAgent(after, host, {lostStores: others});
				continue;
			}

			if (since === undefined) {
				after = withAgent(after, host, {lostStores: {...lostStores, [store]: now}});
			}

			const due = (since ?? now) + (path === 'lost' ? 0 : APD_TIMEOUT_MS + VMCP_DELAY_MS);
			const isRescued = heardBy(after, host, scene).some(other => ground.path(other, store) === 'active');
			if (cluster.settings.vmcp && due <= now && isRescued) {
				for (const vm of runningOn(after, host, scene).filter(each => each.datastore === store)) {
					acts.push({kind: 'stop', vm, host});
					after = writeLog(
						after,
						host,
						due,
						`${vm.vmx} is ended: ${path === 'lost' ? 'PDL' : 'APD'} of ${store}`,
						'Policy',
					);
				}
			}
		}
	}

	return {cluster: after, acts};
}

/** VM monitoring: no heartbeat of VMware Tools for so long, and nothing read or written for two minutes. */
function watchGuests(cluster: HaCluster, scene: Scene): Settled {
	const {now} = scene;
	const acts: Act[] = [];
	let after = cluster;
	for (const vm of cluster.vms) {
		const guest = after.guests[vm.name];
		const isOn = vm.host !== undefined && scene.ground.runningOn(vm).includes(vm.host);
		if (guest === undefined || guest.state === 'well') {
			continue;
		}

		const due = resetDue(after, vm.name);
		if (!isOn) {
			after = withGuest(after, vm.name, {state: 'well', silentSince: undefined, resets: guest.resets});
		} else if (guest.silentSince === undefined) {
			after = withGuest(after, vm.name, {...guest, silentSince: now});
		} else if (due !== undefined && due <= now && vm.host !== undefined && isFunctional(after, vm.host, scene)) {
			acts.push({kind: 'reset', vm, host: vm.host});
			after = writeLog(after, vm.host, due, `${vm.vmx} is reset: no heartbeat, no input or output`, 'VmMonitor');
			after = withGuest(after, vm.name, {state: 'well', silentSince: undefined, resets: [...guest.resets, due]});
		}
	}

	return {cluster: after, acts};
}

/** When a virtual machine is reset; undefined: never. */
function resetDue({settings, guests}: HaCluster, vm: string): number | undefined {
	const guest = guests[vm];
	if (settings.monitoring === 'disabled' || guest?.silentSince === undefined || guest.state !== 'crashed') {
		return undefined;
	}

	const {silentMs, windowMs} = monitoringLevels[settings.monitoring];
	const due = guest.silentSince + Math.max(silentMs, IO_CHECK_MS);
	return guest.resets.filter(at => at > due - windowMs).length < MAX_RESETS ? due : undefined;
}

/** A master that owns the datastore of a virtual machine, and holds it for off, begins to start it: first those that come first. */
function planRestarts(cluster: HaCluster, scene: Scene): Settled {
	// What was given up counts again from its beginning once somebody has started the virtual machine
	const isRunning = (name: string) => cluster.vms.some(vm => vm.name === name && scene.ground.runningOn(vm).length > 0);
	const kept = cluster.restarts.filter(
		({master, vm, next}) => isActing(cluster, master) && (next !== undefined || !isRunning(vm)),
	);
	let after = kept.length === cluster.restarts.length ? cluster : {...cluster, restarts: kept};
	const wanted = inOrder(cluster.vms.filter(vm => isWanted(after, vm, scene)));
	for (const [index, {name, datastore}] of wanted.entries()) {
		const first = scene.now + index * START_SPACING_MS;
		const master = cluster.owners[datastore] ?? '';
		after = {...after, restarts: [...after.restarts, {vm: name, master, first, attempts: 0, next: first}]};
	}

	return {cluster: after, acts: []};
}

function isWanted(cluster: HaCluster, vm: ProtectedVm, scene: Scene): boolean {
	const {host} = vm;
	const master = cluster.owners[vm.datastore];
	const isPlanned = cluster.restarts.some(restart => restart.vm === vm.name);
	if (!vm.isProtected || vm.priority === 'disabled' || isPlanned || host === undefined) {
		return false;
	}

	if (master === undefined || !isActing(cluster, master)) {
		return false;
	}

	const isOff = !scene.ground.runningOn(vm).includes(host);
	if (host === master || hears(cluster, master, host, scene)) {
		return isOff && vm.offSince !== undefined && vm.offSince + VM_FAILURE_SEEN_MS <= scene.now;
	}

	switch (agentOf(cluster, master).watched[host]?.verdict) {
		case 'hostDown':
			return true;
		case 'networkIsolated':
		case 'networkPartitionedFromMaster':
			return isOff;
		case 'fdmUnreachable':
		case undefined:
			return false;
	}
}

/** T0, +2, +6, +14 and +30 min; then the master gives up. */
function attempt(cluster: HaCluster, scene: Scene): Settled {
	const acts: Act[] = [];
	let after = cluster;
	const due = cluster.restarts.filter(({next}) => next !== undefined && next <= scene.now);
	for (const vm of inOrder(cluster.vms.filter(({name}) => due.some(restart => restart.vm === name)))) {
		const restart = due.find(each => each.vm === vm.name);
		if (restart?.next === undefined) {
			continue;
		}

		const {host, because} = placeFor(after, vm, restart.master, scene);
		const number = `attempt ${restart.attempts + 1} of ${RETRY_AFTER_MS.length + 1}`;
		if (host === undefined) {
			after = writeLog(
				after,
				restart.master,
				restart.next,
				`${vm.vmx}: ${number} failed: ${because}`,
				'Placement',
				'warning',
			);
			after = {...after, restarts: after.restarts.map(each => (each === restart ? failed(restart) : each))};
		} else {
			acts.push({kind: 'start', vm, host});
			after = writeLog(
				after,
				restart.master,
				restart.next,
				`${vm.vmx}: ${number} on ${moidOf(after, host)}`,
				'Placement',
			);
			after = withVm(withoutRestart(after, vm.name), vm.name, {host, offSince: undefined});
		}
	}

	return {cluster: after, acts};
}

function failed(restart: Restart): Restart {
	const {next: _, ...rest} = restart;
	const wait = RETRY_AFTER_MS[restart.attempts];
	return {...rest, attempts: restart.attempts + 1, ...(wait === undefined ? {} : {next: restart.first + wait})};
}

/** The host with the fewest virtual machines among those that can. */
function placeFor(
	cluster: HaCluster,
	vm: ProtectedVm,
	master: string,
	scene: Scene,
): {readonly host?: string; readonly because: string} {
	const {ground} = scene;
	const hosts = [master, ...heardBy(cluster, master, scene)].filter(
		host => ground.path(host, vm.datastore) === 'active' && isFunctional(cluster, host, scene),
	);
	const roomy = hosts.filter(host => freeMemory(cluster, host) >= vm.reservationMb);
	const able = roomy.filter(host => ground.cannotStart(vm, host) === undefined);
	const load = (host: string) => cluster.vms.filter(each => each.host === host).length;
	const order = hostNames(cluster);
	const [host] = able.toSorted((one, other) => load(one) - load(other) || order.indexOf(one) - order.indexOf(other));
	const refusal = roomy[0] === undefined ? 'insufficient resources' : ground.cannotStart(vm, roomy[0]);
	const because = hosts.length === 0 ? 'no compatible host' : (refusal ?? '');
	return host === undefined ? {because} : {host, because};
}

function freeMemory({settings, vms}: HaCluster, host: string): number {
	const taken = vms.filter(vm => vm.host === host).reduce((sum, {reservationMb}) => sum + reservationMb, 0);
	return settings.hostMemoryMb - taken;
}

/** Agent machines, secondaries of Fault Tolerance, then high, medium and low; equals as they stand in the cluster. */
function inOrder(vms: readonly ProtectedVm[]): readonly ProtectedVm[] {
	return vms.toSorted((one, other) => priorities.indexOf(one.priority) - priorities.indexOf(other.priority));
}

/** What the host runs, as its own agent has it. */
function runningOn(cluster: HaCluster, host: string, scene: Scene): readonly ProtectedVm[] {
	return isFunctional(cluster, host, scene) ? cluster.vms.filter(vm => scene.ground.runningOn(vm).includes(host)) : [];
}

function withoutRestart(cluster: HaCluster, vm: string): HaCluster {
	return cluster.restarts.some(restart => restart.vm === vm)
		? {...cluster, restarts: cluster.restarts.filter(restart => restart.vm !== vm)}
		: cluster;
}

function withGuest(cluster: HaCluster, vm: string, guest: HaCluster['guests'][string]): HaCluster {
	return {...cluster, guests: {...cluster.guests, [vm]: guest}};
}

/** When the virtual machines will want something by themselves. */
export function vmInstants(cluster: HaCluster): readonly number[] {
	const responses = Object.values(cluster.agents).flatMap(({isolated, shutdowns}) => [
		...(isolated === undefined || isolated.hasResponded ? [] : [isolated.respondsAt]),
		...Object.values(shutdowns),
	]);
	const failures = cluster.vms.flatMap(({offSince}) => (offSince === undefined ? [] : [offSince + VM_FAILURE_SEEN_MS]));
	const attempts = cluster.restarts.flatMap(({next}) => next ?? []);
	const resets = Object.keys(cluster.guests).flatMap(vm => resetDue(cluster, vm) ?? []);
	const losses = cluster.settings.vmcp
		? Object.values(cluster.agents).flatMap(({lostStores}) =>
				Object.values(lostStores).map(since => since + APD_TIMEOUT_MS + VMCP_DELAY_MS),
			)
		: [];
	return [...responses, ...failures, ...attempts, ...resets, ...losses];
}
