import {agentOf, type HaCluster, newCluster, type ProtectedVm, type Settings} from '../../../src/lab/fdm/cluster.js';
import type {Ground} from '../../../src/lab/fdm/ground.js';
import {nextChangeOf, settle} from '../../../src/lab/fdm/settle.js';

export const hosts = ['esxi1', 'esxi2', 'esxi3', 'esxi4'] as const;
const moids: Readonly<Record<string, string>> = {
	esxi1: 'host-99',
	esxi2: 'host-100',
	esxi3: 'host-28',
	esxi4: 'host-31',
};

type Host = {
	isUp: boolean;
	hostd: boolean;
	maintenance: boolean;
	/** On the management network. */
	plugged: boolean;
	/** Datastores that it does not get to. */
	without: Map<string, 'dead' | 'lost'>;
};

type Vm = {on: Set<string>; registered: Set<string>; stoppedByPerson: boolean};

/** A cluster of four hosts that are nothing but facts, and a clock that stops wherever something happens. Times in seconds. */
export class MadeUpHosts {
	cluster: HaCluster;
	now = 0;
	/** What the agents did: `12 start vm1 esxi2`. */
	readonly done: string[] = [];
	readonly #hosts: ReadonlyMap<string, Host>;
	readonly #vms = new Map<string, Vm>();
	/** Hosts that refuse to start anything, with their words. */
	readonly refusals = new Map<string, string>();
	gatewayAnswers = true;

	constructor(
		settings: Partial<Settings> = {},
		vms: readonly (Partial<ProtectedVm> & {name: string; host: string})[] = [{name: 'vm1', host: 'esxi2'}],
	) {
		this.#hosts = new Map(
			hosts.map(host => [host, {isUp: true, hostd: true, maintenance: false, plugged: true, without: new Map()}]),
		);
		for (const {name, host} of vms) {
			this.#vms.set(name, {on: new Set([host]), registered: new Set([host]), stoppedByPerson: false});
		}

		this.cluster = newCluster(
			{
				name: 'ha',
				folder: 'FDM-1',
				hosts: hosts.map(host => ({host, moid: moids[host] ?? ''})),
				heartbeatDatastores: ['ds1', 'ds2'],
				settings: {
					response: 'leaveOn',
					responseDelayMs: 30_000,
					isolationAddresses: ['10.0.0.1'],
					monitoring: 'disabled',
					vmcp: false,
					hostMemoryMb: 65_536,
					...settings,
				},
				vms: vms.map(vm => ({
					vmx: `/vmfs/volumes/ds1/${vm.name}/${vm.name}.vmx`,
					datastore: 'ds1',
					priority: 'medium',
					reservationMb: 1_024,
					...vm,
				})),
				master: 'esxi1',
			},
			0,
		);
		this.settle();
	}

	host(name: string): Host {
		const found = this.#hosts.get(name);
		if (found === undefined) {
			throw new RangeError(name);
		}
		return found;
	}

	vm(name: string): Vm {
		const found = this.#vms.get(name);
		if (found === undefined) {
			throw new RangeError(name);
		}
		return found;
	}

	/** Changes something at once, and lets follow what follows at once. */
	change(how: (world: MadeUpHosts) => void): void {
		how(this);
		for (const [name, {isUp}] of this.#hosts) {
			if (!isUp) {
				for (const vm of this.#vms.values()) {
					vm.on.delete(name);
				}
			}
		}
		this.settle();
	}

	/** Lets so many seconds pass. */
	pass(seconds: number): void {
		const end = this.now + seconds * 1000;
		for (let next = this.#next(); next !== undefined && next <= end; next = this.#next()) {
			this.now = next;
			this.settle();
		}
		this.now = end;
		this.settle();
	}

	/** Seconds until it is so, or undefined within an hour. */
	until(isSo: (world: MadeUpHosts) => boolean): number | undefined {
		const begun = this.now;
		while (!isSo(this)) {
			const next = this.#next();
			if (next === undefined || next > begun + 3_600_000) {
				return undefined;
			}
			this.now = next;
			this.settle();
		}
		return (this.now - begun) / 1000;
	}

	agent(host: string) {
		return agentOf(this.cluster, host);
	}

	masters(): readonly string[] {
		return hosts.filter(host => this.agent(host).role.kind === 'master');
	}

	verdict(host: string): string | undefined {
		return this.masters()
			.map(master => this.agent(master).watched[host]?.verdict)
			.find(verdict => verdict !== undefined);
	}

	/** Texts of a log: `25 [ClusterElection::ChangeState] …`. */
	log(host: string): readonly string[] {
		return (this.cluster.log[host] ?? []).map(({at, text}) => `${at / 1000} ${text}`);
	}

	#next(): number | undefined {
		return nextChangeOf(this.cluster, this.now);
	}

	settle(): void {
		for (let round = 0; round < 100; round += 1) {
			const before = this.cluster;
			const {cluster, acts} = settle(before, {ground: this.#ground(), now: this.now});
			this.cluster = cluster;
			for (const {kind, vm, host} of acts) {
				this.done.push(`${this.now / 1000} ${kind} ${vm.name} ${host}`);
				const target = this.vm(vm.name);
				if (kind === 'start') {
					target.on.add(host);
					target.registered.add(host);
					target.stoppedByPerson = false;
				} else if (kind === 'stop') {
					target.on.delete(host);
				} else if (kind === 'unregister') {
					target.registered.delete(host);
				}
			}
			if (acts.length === 0 && JSON.stringify(before) === JSON.stringify(cluster)) {
				return;
			}
		}
		throw new Error('It does not settle');
	}

	#ground(): Ground {
		return {
			isUp: host => this.host(host).isUp,
			hostdRuns: host => this.host(host).hostd,
			inMaintenance: host => this.host(host).maintenance,
			areConnected: (one, other) => this.host(one).plugged && this.host(other).plugged,
			answers: host => this.gatewayAnswers && this.host(host).plugged,
			path: (host, store) => this.host(host).without.get(store) ?? 'active',
			runningOn: vm => [...this.vm(vm.name).on],
			isRegistered: (vm, host) => this.vm(vm.name).registered.has(host),
			wasStopped: vm => this.vm(vm.name).stoppedByPerson,
			cannotStart: (_, host) => this.refusals.get(host),
		};
	}
}
