import {describe, expect, test} from 'vitest';
import {type AamCluster, agentOf} from '../../../src/lab/aam/cluster.js';
import type {Ground} from '../../../src/lab/aam/ground.js';
import {nextChangeOf, settle} from '../../../src/lab/aam/settle.js';

/** A cluster of hosts that are nothing but facts, and a clock that stops wherever something happens. Times in seconds. */
class MadeUpHosts {
	cluster: AamCluster;
	now = 0;
	/** What the agents did: `15 start vm1 esx4`. */
	readonly done: string[] = [];
	readonly down = new Set<string>();
	readonly unplugged = new Set<string>();
	gatewayAnswers = true;
	/** How long a guest takes to shut down; undefined: it never does. */
	guestStopsAfter: number | undefined = 5;
	/** Machine -> hosts that have it registered, and whether it is on there. */
	readonly #machines = new Map<string, Map<string, boolean>>();
	readonly #stops = new Map<string, {at: number; host: string}>();

	constructor(change: Partial<AamCluster> = {}, hosts = ['esx3', 'esx4']) {
		this.cluster = {
			kind: 'aam',
			name: 'ha4',
			hosts,
			isOn: true,
			response: 'shutdown',
			isolationAddresses: ['10.0.0.254'],
			agents: {},
			vms: [],
			restarts: [],
			...change,
		};
		this.#machines.set('vm2', new Map([['esx3', true]]));
		this.settle();
	}

	get ground(): Ground {
		return {
			isUp: host => !this.down.has(host),
			areConnected: (one, other) => !this.unplugged.has(one) && !this.unplugged.has(other),
			answers: host => this.gatewayAnswers && !this.unplugged.has(host),
			machines: host =>
				[...this.#machines].flatMap(([name, hosts]) => {
					const isOn = hosts.get(host);
					return isOn === undefined ? [] : [{name, vmx: name, isOn}];
				}),
			refuses: ({name}, host) =>
				[...(this.#machines.get(name) ?? [])].some(([other, isOn]) => isOn && other !== host && !this.down.has(other))
					? 'Failed to lock the file'
					: undefined,
		};
	}

	settle(): void {
		for (;;) {
			const before = JSON.stringify(this.cluster);
			const {cluster, acts} = settle(this.cluster, {ground: this.ground, now: this.now * 1000});
			this.cluster = cluster;
			for (const {kind, vm, host} of acts) {
				this.done.push(`${this.now} ${kind} ${vm.name} ${host}`);
				if (kind === 'shutDown' && this.guestStopsAfter !== undefined) {
					this.#stops.set(vm.name, {at: this.now + this.guestStopsAfter, host});
				} else if (kind === 'unregister') {
					this.#machines.get(vm.name)?.delete(host);
				} else if (kind !== 'shutDown') {
					this.#machines.get(vm.name)?.set(host, kind === 'start');
				}
			}

			if (acts.length === 0 && JSON.stringify(cluster) === before) {
				return;
			}
		}
	}

	/** Lets time pass, and stops at each instant at which the cluster or a guest wants something. */
	pass(seconds: number): void {
		const end = this.now + seconds;
		for (;;) {
			const stops = [...this.#stops.values()].map(({at}) => at);
			const next = (nextChangeOf(this.cluster, this.now * 1000) ?? Number.POSITIVE_INFINITY) / 1000;
			this.now = Math.min(end, next, ...stops);
			for (const [vm, {at, host}] of this.#stops) {
				if (at <= this.now) {
					this.#stops.delete(vm);
					this.#machines.get(vm)?.set(host, false);
				}
			}

			this.settle();
			if (this.now === end) {
				return;
			}
		}
	}

	powerOff(host: string): void {
		this.down.add(host);
		for (const hosts of this.#machines.values()) {
			if (hosts.has(host)) {
				hosts.set(host, false);
			}
		}

		this.settle();
	}

	powerOn(host: string): void {
		this.down.delete(host);
		this.settle();
	}

	stopMachine(vm: string, host: string): void {
		this.#machines.get(vm)?.set(host, false);
		this.settle();
	}
}

describe('a host that fails', () => {
	test('is followed 15 s after its last heartbeat: its machines are started elsewhere', () => {
		const hosts = new MadeUpHosts();
		hosts.powerOff('esx3');
		hosts.pass(60);
		expect(hosts.done).toEqual(['15 start vm2 esx4']);
	});

	test('loses its stale entry when it is back', () => {
		const hosts = new MadeUpHosts();
		hosts.powerOff('esx3');
		hosts.pass(60);
		hosts.powerOn('esx3');
		hosts.pass(60);
		expect(hosts.done).toEqual(['15 start vm2 esx4', '60 unregister vm2 esx3']);
	});

	test('that is back within 15 s has not failed', () => {
		const hosts = new MadeUpHosts();
		hosts.unplugged.add('esx3');
		hosts.settle();
		hosts.pass(11);
		hosts.unplugged.clear();
		hosts.settle();
		hosts.pass(60);
		expect(hosts.done).toEqual([]);
	});

	test('is followed by nobody while VMware HA is off', () => {
		const hosts = new MadeUpHosts({isOn: false});
		hosts.powerOff('esx3');
		hosts.pass(600);
		expect(hosts.done).toEqual([]);
		expect(nextChangeOf(hosts.cluster, 0)).toBeUndefined();
	});

	test('leaves a machine off that a person had stopped before', () => {
		const hosts = new MadeUpHosts();
		hosts.stopMachine('vm2', 'esx3');
		hosts.powerOff('esx3');
		hosts.pass(60);
		expect(hosts.done).toEqual([]);
	});
});

describe('a host that is cut off', () => {
	const cut = (hosts: MadeUpHosts, host = 'esx3') => {
		hosts.unplugged.add(host);
		hosts.settle();
	};

	test('holds itself for isolated at 12 s; its neighbour, whom the gateway answers, never does', () => {
		const hosts = new MadeUpHosts();
		cut(hosts);
		hosts.pass(11.9);
		expect(agentOf(hosts.cluster, 'esx3').isolatedSince).toBeUndefined();
		hosts.pass(0.1);
		expect(agentOf(hosts.cluster, 'esx3').isolatedSince).toBe(12_000);
		hosts.pass(60);
		expect(agentOf(hosts.cluster, 'esx4').isolatedSince).toBeUndefined();
	});

	test('powers its machines off at 14 s, and the others start them at 15 s', () => {
		const hosts = new MadeUpHosts({response: 'powerOff'});
		cut(hosts);
		hosts.pass(60);
		expect(hosts.done).toEqual(['14 stop vm2 esx3', '15 start vm2 esx4']);
	});

	test('shuts guests down at 14 s: the first attempt meets the lock, the second one comes two minutes later', () => {
		const hosts = new MadeUpHosts();
		cut(hosts);
		hosts.pass(600);
		expect(hosts.done).toEqual(['14 shutDown vm2 esx3', '135 start vm2 esx4']);
	});

	test('powers a guest off that has not shut down within five minutes', () => {
		const hosts = new MadeUpHosts();
		hosts.guestStopsAfter = undefined;
		cut(hosts);
		hosts.pass(600);
		expect(hosts.done).toEqual(['14 shutDown vm2 esx3', '314 stop vm2 esx3', '375 start vm2 esx4']);
	});

	test('leaves its machines on where it was told so, and the others give up after six attempts in half an hour', () => {
		const hosts = new MadeUpHosts({response: 'leaveOn'});
		cut(hosts);
		hosts.pass(15 + 1_799);
		expect(hosts.cluster.restarts).toMatchObject([{vm: 'vm2', attempts: 5, next: 1_815_000}]);
		hosts.pass(3_600);
		expect(hosts.cluster.restarts).toEqual([{vm: 'vm2', from: 'esx3', attempts: 6}]);
		expect(hosts.done).toEqual([]);
		hosts.unplugged.clear();
		hosts.settle();
		expect(hosts.cluster.restarts).toEqual([]);
	});

	test('is in good company where the gateway is silent too: then nobody starts anything', () => {
		const hosts = new MadeUpHosts({response: 'powerOff'});
		hosts.gatewayAnswers = false;
		cut(hosts);
		hosts.pass(600);
		expect(hosts.done).toEqual(['14 stop vm2 esx3']);
	});
});

test('of three hosts the one with the fewest machines takes over', () => {
	const hosts = new MadeUpHosts({}, ['esx2', 'esx3', 'esx4']);
	hosts.powerOff('esx3');
	hosts.pass(15);
	expect(hosts.done).toEqual(['15 start vm2 esx2']);
});
