import {type AamCluster, agentOf, idle, type Protected, type Restart, withAgent} from './cluster.js';
import {type Act, hears, judges, runsOn, type Scene} from './ground.js';
import {FAILED_AFTER_MS, ISOLATED_AFTER_MS, RESPONSE_AFTER_MS, RETRY_DELAYS_MS, SHUTDOWN_LIMIT_MS} from './timings.js';

export type Settled = {readonly cluster: AamCluster; readonly acts: readonly Act[]};

/** The cluster after everything that is due or follows at `now`, and what its agents do to virtual machines. To be called again once that is done. */
export function settle(cluster: AamCluster, scene: Scene): Settled {
	if (!cluster.isOn) {
		return {cluster, acts: []};
	}

	const seen = [listen, isolate, protect, fail].reduce((before, step) => step(before, scene), cluster);
	return [respond, restart, tidy].reduce<Settled>(
		(before, step) => {
			const {cluster: after, acts} = step(before.cluster, scene);
			return {cluster: after, acts: [...before.acts, ...acts]};
		},
		{cluster: seen, acts: []},
	);
}

/** Each agent notes since when it does not hear another one; a host that is down has none. */
function listen(cluster: AamCluster, scene: Scene): AamCluster {
	return cluster.hosts.reduce((before, host) => {
		const {silences, ...agent} = agentOf(before, host);
		const silent = cluster.hosts.filter(other => other !== host && !hears(scene, host, other));
		const heard = Object.fromEntries(silent.map(other => [other, silences[other] ?? scene.now]));
		return withAgent(before, host, scene.ground.isUp(host) ? {...agent, silences: heard} : idle);
	}, cluster);
}

/** A host that hears nobody, and whom none of its isolation addresses answers, is cut off until either ends. */
function isolate(cluster: AamCluster, {ground, now}: Scene): AamCluster {
	return cluster.hosts.reduce((before, host) => {
		const alone = aloneSince(before, host);
		const isCutOff =
			alone !== undefined &&
			alone + ISOLATED_AFTER_MS <= now &&
			!cluster.isolationAddresses.some(address => ground.answers(host, address));
		const {isolatedSince = now} = agentOf(before, host);
		return withAgent(before, host, isCutOff ? {isolatedSince} : {isolatedSince: undefined, hasResponded: false});
	}, cluster);
}

/** Undefined: it hears somebody, or there is nobody to hear. */
function aloneSince(cluster: AamCluster, host: string): number | undefined {
	const silences = Object.values(agentOf(cluster, host).silences);
	return silences.length > 0 && silences.length === cluster.hosts.length - 1 ? Math.max(...silences) : undefined;
}

/** What runs is protected where it runs; what a person has stopped no longer is. */
function protect(cluster: AamCluster, scene: Scene): AamCluster {
	const {hosts, agents, restarts} = cluster;
	const running = hosts.flatMap(host =>
		scene.ground.isUp(host)
			? scene.ground.machines(host).flatMap(({name, vmx, isOn}) => (isOn ? [{name, vmx, host}] : []))
			: [],
	);
	const isGone = ({name, host}: Protected) =>
		scene.ground.isUp(host) &&
		agents[host]?.isolatedSince === undefined &&
		!runsOn(scene, name, host) &&
		!restarts.some(({vm}) => vm === name);
	const kept = cluster.vms.filter(vm => !isGone(vm)).map(vm => movedTo(vm, running));
	const added = running.filter(({name}) => !kept.some(vm => vm.name === name));
	return {...cluster, vms: [...kept, ...added]};
}

/** Where it runs now; of two copies, the one that is known already. */
function movedTo(vm: Protected, running: readonly Protected[]): Protected {
	const copies = running.filter(({name}) => name === vm.name);
	return copies.some(({host}) => host === vm.host) ? vm : (copies[0] ?? vm);
}

/** T15: a host that one of the others has not heard has failed for it, whatever it is doing. Its machines are to be started again. */
function fail(cluster: AamCluster, scene: Scene): AamCluster {
	const {now} = scene;
	const added = cluster.vms.flatMap(({name, host}): readonly Restart[] => {
		const silentSince = judges(cluster, scene)
			.filter(judge => judge !== host)
			.flatMap(judge => agentOf(cluster, judge).silences[host] ?? []);
		const failedAt = Math.min(...silentSince) + FAILED_AFTER_MS;
		const isPlanned = cluster.restarts.some(({vm}) => vm === name);
		return failedAt <= now && !isPlanned ? [{vm: name, from: host, attempts: 0, next: failedAt}] : [];
	});
	return {...cluster, restarts: [...cluster.restarts, ...added]};
}

/** T14 of a host that is cut off. A guest that does not shut down in time is powered off. */
function respond(cluster: AamCluster, scene: Scene): Settled {
	const {ground, now} = scene;
	const acts: Act[] = [];
	let after = cluster;
	for (const host of cluster.hosts.filter(ground.isUp)) {
		const running = ground.machines(host).filter(({isOn}) => isOn);
		const {isolatedSince, hasResponded, shutdowns} = agentOf(after, host);
		const alone = aloneSince(after, host);
		const isDue = isolatedSince !== undefined && alone !== undefined && alone + RESPONSE_AFTER_MS <= now;
		if (isDue && !hasResponded) {
			const isAsked = cluster.response === 'shutdown';
			const asked = isAsked ? running.map(({name}) => [name, now + SHUTDOWN_LIMIT_MS] as const) : [];
			after = withAgent(after, host, {hasResponded: true, shutdowns: Object.fromEntries(asked)});
			if (cluster.response !== 'leaveOn') {
				acts.push(...running.map(vm => ({kind: isAsked ? 'shutDown' : 'stop', vm, host}) as const));
			}
			continue;
		}

		const waiting = Object.entries(shutdowns).filter(([vm]) => running.some(({name}) => name === vm));
		const late = waiting.filter(([, until]) => until <= now).map(([vm]) => vm);
		const patient = Object.fromEntries(waiting.filter(([vm]) => !late.includes(vm)));
		after = withAgent(after, host, {shutdowns: patient});
		acts.push(...running.filter(({name}) => late.includes(name)).map(vm => ({kind: 'stop', vm, host}) as const));
	}

	return {cluster: after, acts};
}

/** On the host with the fewest machines that does not refuse. Whether that was the last attempt is seen by where it runs. */
function restart(cluster: AamCluster, scene: Scene): Settled {
	const able = judges(cluster, scene);
	const acts: Act[] = [];
	const restarts: Restart[] = [];
	const load = (host: string) =>
		scene.ground.machines(host).filter(({isOn}) => isOn).length + acts.filter(act => act.host === host).length;
	for (const planned of cluster.restarts) {
		const vm = cluster.vms.find(({name}) => name === planned.vm);
		// One that runs on a host that is cut off runs for nobody but that host
		const isBack = able.some(host => runsOn(scene, planned.vm, host));
		if (vm === undefined || isBack) {
			continue;
		}

		if (planned.next === undefined || planned.next > scene.now) {
			restarts.push(planned);
			continue;
		}

		const [host] = able
			.filter(each => scene.ground.refuses(vm, each) === undefined)
			.toSorted((one, other) => load(one) - load(other));
		restarts.push(tried(planned, planned.next));
		acts.push(...(host === undefined ? [] : [{kind: 'start', vm, host} as const]));
	}

	return {cluster: {...cluster, restarts}, acts};
}

function tried({vm, from, attempts}: Restart, at: number): Restart {
	const delay = RETRY_DELAYS_MS[attempts];
	return {vm, from, attempts: attempts + 1, ...(delay === undefined ? {} : {next: at + delay})};
}

/** A host that is back has machines in its inventory that run elsewhere now: vCenter takes them out. */
function tidy(cluster: AamCluster, scene: Scene): Settled {
	const acts = judges(cluster, scene).flatMap(host =>
		scene.ground.machines(host).flatMap((machine): readonly Act[] => {
			const vm = cluster.vms.find(({name}) => name === machine.name);
			const isElsewhere =
				vm !== undefined && vm.host !== host && hears(scene, host, vm.host) && runsOn(scene, vm.name, vm.host);
			return isElsewhere && !machine.isOn ? [{kind: 'unregister', vm, host}] : [];
		}),
	);
	return {cluster, acts};
}

/** When something will happen by itself; undefined: nothing is under way. */
export function nextChangeOf(cluster: AamCluster, now: number): number | undefined {
	if (!cluster.isOn) {
		return undefined;
	}

	const instants = cluster.hosts.flatMap(host => {
		const {silences, shutdowns} = agentOf(cluster, host);
		const alone = aloneSince(cluster, host);
		return [
			...(alone === undefined ? [] : [alone + ISOLATED_AFTER_MS, alone + RESPONSE_AFTER_MS]),
			...Object.values(silences).map(since => since + FAILED_AFTER_MS),
			...Object.values(shutdowns),
		];
	});
	const attempts = cluster.restarts.flatMap(({next}) => next ?? []);
	const ahead = [...instants, ...attempts].filter(instant => instant > now);
	return ahead.length === 0 ? undefined : Math.min(...ahead);
}
