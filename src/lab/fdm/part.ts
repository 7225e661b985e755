import {isDeepStrictEqual} from 'node:util';
import type {LabCommand, WorldTime, WorldWork} from '../host.js';
import {SharedStoragePart} from '../shared-storage/part.js';
import {type EsxiHost, EsxiHostSchema, logged} from '../world/esxi-host.js';
import {releaseOf} from '../world/esxi-release.js';
import {createVm, placeOf, setLock, writeFiles} from '../world/inventory.js';
import type {Footprint, Inventory, Member, SavedMember} from '../world/member.js';
import type {PartKind, PartRoom, SavedPart, WorldPart} from '../world/part.js';
import {EPOCH} from '../world/vmware-host-clustering.js';
import {
	agentOf,
	type HaCluster,
	HaClusterSchema,
	hostNames,
	type LogLine,
	type ProtectedVm,
	withAgent,
} from './cluster.js';
import {AGENT, agentCommands} from './commands.js';
import {checkDeed, deeds, doDeed} from './deeds.js';
import {filesOnDatastore, type HostFacts, localFiles, protectedListPath} from './files.js';
import {type Act, type Ground, isFunctional} from './ground.js';
import {lookAt} from './look.js';
import {readHaClusters} from './read.js';
import {nextChangeOf, settle} from './settle.js';
import {AGENT_STARTS_MS, WATCHDOG_MS} from './timings.js';

/** vSphere HA, in `lab.yaml` and in the machine room. */
export const vsphereHaKind: PartKind = {
	kind: 'fdm',
	key: 'vsphere_ha',
	read: (node, hosts, problems) => readHaClusters(node, hosts, problems, EPOCH),
	prepare: (hosts, parts) => parts.reduce((before, part) => withVms(before, HaClusterSchema.parse(part)), hosts),
	deeds,
	checkDeed,
	restore: (saved, room) => new HaPart(HaClusterSchema.parse(saved), room),
};

/** The hosts with the virtual machines of the cluster, which run. What one host makes on a shared disk, all have. */
function withVms(hosts: readonly SavedMember[], cluster: HaCluster): readonly SavedMember[] {
	return cluster.vms.reduce((before, vm) => {
		const host = before.find(({name}) => name === vm.host);
		if (host === undefined) {
			return before;
		}

		const made = withVm(EsxiHostSchema.parse(host), vm);
		return before.map(each =>
			each.name === made.name ? made : each.kind === 'esxi' ? sharing(EsxiHostSchema.parse(each), made) : each,
		);
	}, hosts);
}

function withVm(host: EsxiHost, {name, datastore, reservationMb}: ProtectedVm): EsxiHost {
	const store = host.disks.flatMap(({datastores}) => datastores).find(({label}) => label === datastore);
	if (store === undefined) {
		throw new Error(`${host.name} has no datastore ${datastore}, which ${name} should lie on`);
	}

	const created = createVm(
		host,
		store,
		{
			name,
			guestOs: 'centos8_64Guest',
			hardware: releaseOf(host).hardware,
			cpus: 1,
			memoryMb: reservationMb,
			disks: [{bytes: 16 * 1024 ** 3, format: 'thin', system: name}],
			portGroups: ['VM Network'],
		},
		EPOCH,
	);
	const place =
		created.kind === 'fault' ? undefined : placeOf(created, `/vmfs/volumes/${datastore}/${name}/${name}.vmx`);
	if (created.kind === 'fault' || place === undefined) {
		throw new Error(`${name} cannot be made on ${datastore}`);
	}

	const locked = setLock(created, place, host.name);
	const since = EPOCH - 3_600_000;
	return {...locked, vms: locked.vms.map(vm => (vm.name === name ? {...vm, power: 'on', since} : vm))};
}

function sharing(host: EsxiHost, other: EsxiHost): EsxiHost {
	return {...host, disks: host.disks.map(disk => other.disks.find(({name}) => name === disk.name) ?? disk)};
}

class HaPart implements WorldPart {
	readonly kind = 'fdm';
	readonly #room: PartRoom;
	#cluster: HaCluster;
	/** The agents' processes, by host. */
	readonly #processes = new Map<string, string>();
	#started = 0;

	constructor(saved: HaCluster, room: PartRoom) {
		this.#cluster = saved;
		this.#room = room;
	}

	get name(): string {
		return this.#cluster.name;
	}

	nextChange(now: WorldTime): WorldTime | undefined {
		return nextChangeOf(this.#cluster, now);
	}

	settle(now: WorldTime): boolean {
		const {cluster, acts} = settle(this.#cluster, {ground: this.#ground(), now});
		const hasChanged = acts.length > 0 || !isDeepStrictEqual(cluster, this.#cluster);
		this.#cluster = {...cluster, log: {}};
		for (const [host, lines] of Object.entries(cluster.log)) {
			this.#write(host, lines);
		}

		for (const act of acts) {
			this.#do(act, now);
		}

		return this.#keepFiles(now) || hasChanged;
	}

	look(): string {
		return lookAt(this.#cluster, this.#ground());
	}

	commands(host: string): readonly LabCommand[] {
		return this.#has(host)
			? agentCommands({
					host,
					cluster: () => this.#cluster,
					hosts: () => this.#facts(),
					stop: () => this.#replace(withAgent(this.#cluster, host, {process: {kind: 'stopped', byHand: true}})),
					start: now =>
						this.#replace(withAgent(this.#cluster, host, {process: {kind: 'starting', until: now + AGENT_STARTS_MS}})),
				})
			: [];
	}

	files(host: string): Readonly<Record<string, string>> {
		return this.#has(host) ? localFiles(this.#cluster, this.#facts()) : {};
	}

	footprint(host: string): Footprint | undefined {
		if (!this.#has(host)) {
			return undefined;
		}

		const {version, build} = releaseOf(this.#member(host).esxi.now());
		return {
			packages: [{name: 'vmware-fdm', version: `${version}-${build}`, vendor: 'VMware'}],
			connections: this.#connections(host),
		};
	}

	/** The agent is a process of its host: whoever kills that, kills the agent. */
	takeWork() {
		const begin: WorldWork[] = [];
		const kill: string[] = [];
		for (const host of hostNames(this.#cluster)) {
			const lives = this.#ground().isUp(host) && agentOf(this.#cluster, host).process.kind !== 'stopped';
			const id = this.#processes.get(host);
			if (lives && id === undefined) {
				this.#started += 1;
				const work = `${host}-${this.#started}`;
				this.#processes.set(host, work);
				begin.push({id: work, host, user: 'root', command: `exec ${AGENT} /etc/opt/vmware/fdm/fdm.cfg`, env: {}});
			} else if (!lives && id !== undefined) {
				this.#processes.delete(host);
				kill.push(id);
			}
		}

		return {begin, kill};
	}

	/** An agent that ends although nobody has stopped it is started again by its watchdog. */
	workEnded(id: string, status: number | undefined, now: WorldTime): void {
		const host = [...this.#processes].find(([, each]) => each === id)?.[0];
		if (host === undefined) {
			return;
		}

		this.#processes.delete(host);
		if (status !== undefined && this.#ground().isUp(host)) {
			const until = now + WATCHDOG_MS + AGENT_STARTS_MS;
			this.#cluster = withAgent(this.#cluster, host, {process: {kind: 'starting', until}});
		}
	}

	deed(words: readonly string[], now: WorldTime): string {
		const {cluster, did, moves, starts, guest} = doDeed(this.#cluster, words);
		const vm = (name: string) => cluster.vms.find(each => each.name === name);
		const from = moves && this.#ground().runningOn(vm(moves.vm) ?? never())[0];
		if (moves !== undefined && from !== undefined && from !== moves.to) {
			const moved = vm(moves.vm) ?? never();
			this.#inventory(from).stop(moved, now);
			this.#inventory(from).unregister(moved, now);
			this.#level(now);
			this.#inventory(moves.to).start(moved, now);
		}

		const started = vm(starts ?? '');
		if (started?.host !== undefined) {
			const problem = this.#inventory(started.host).start(started, now);
			if (problem !== undefined) {
				throw new Error(`${starts} cannot be powered on: ${problem}`);
			}
		}

		if (guest !== undefined) {
			for (const host of this.#ground().runningOn(vm(guest.vm) ?? never())) {
				const {esxi} = this.#member(host);
				esxi.replace({
					...esxi.now(),
					vms: esxi.now().vms.map(each => (each.name === guest.vm ? {...each, isStuck: guest.isStuck} : each)),
				});
			}
		}

		this.#cluster = cluster;
		return did;
	}

	toJSON(): SavedPart {
		return this.#cluster;
	}

	#has(host: string): boolean {
		return hostNames(this.#cluster).includes(host);
	}

	#replace(cluster: HaCluster): void {
		this.#cluster = cluster;
		this.#room.changed();
	}

	#member(host: string): Member & {readonly esxi: NonNullable<Member['esxi']>} {
		const member = this.#room.member(host);
		return {...member, esxi: member.esxi ?? never()};
	}

	#inventory(host: string): Inventory {
		return this.#room.member(host).inventory ?? never();
	}

	#do({kind, vm, host}: Act, now: WorldTime): void {
		const inventory = this.#inventory(host);
		switch (kind) {
			case 'start':
				inventory.start(vm, now);
				break;
			case 'stop':
				inventory.stop(vm, now);
				break;
			case 'reset':
				inventory.reset(vm, now);
				break;
			case 'unregister':
				inventory.unregister(vm, now);
		}

		this.#level(now);
	}

	/** What one host wrote to a shared disk, the next one builds on. */
	#level(now: WorldTime): void {
		for (const storage of this.#room.parts('shared-storage')) {
			storage.settle(now);
		}
	}

	#write(host: string, lines: readonly LogLine[]): void {
		const {esxi} = this.#member(host);
		const {pid} = agentOf(this.#cluster, host);
		const written = lines.reduce(
			(before, {at, level, sub, text}) =>
				logged(
					before,
					'fdm.log',
					`${level} fdm[${pid}] [Originator@6876 sub=${sub} opID=SWI-${pid.toString(16)}] ${text}`,
					at,
				),
			esxi.now(),
		);
		esxi.replace(written);
	}

	/** The agents' files on the datastores that their hosts get to, and who has locked the list of the protected. True: something was written. */
	#keepFiles(now: WorldTime): boolean {
		const ground = this.#ground();
		const cluster = this.#cluster;
		const stores = new Set([...cluster.heartbeatDatastores, ...cluster.vms.map(vm => vm.datastore)]);
		let hasChanged = false;
		for (const host of hostNames(cluster).filter(each => isFunctional(cluster, each, {ground, now}))) {
			const {esxi} = this.#member(host);
			for (const label of stores) {
				const before = esxi.now();
				const store = before.disks.flatMap(({datastores}) => datastores).find(each => each.label === label);
				if (store === undefined || ground.path(host, label) !== 'active') {
					continue;
				}

				const running = cluster.vms.filter(vm => ground.runningOn(vm).includes(host));
				const files = filesOnDatastore(cluster, host, label, running);
				const isWritten = Object.entries(files).every(([path, text]) => store.files[path] === text);
				const list = protectedListPath(cluster);
				const holder = cluster.owners[label];
				const isLocked = store.locks[list] === holder || holder !== host;
				if (!isWritten || !isLocked) {
					const after = isWritten ? before : writeFiles(before, store.uuid, files);
					esxi.replace(isLocked ? after : setLock(after, {store, path: list, folder: list}, host));
					this.#level(now);
					hasChanged = true;
				}
			}
		}

		return hasChanged;
	}

	#facts(): readonly HostFacts[] {
		return hostNames(this.#cluster).map(name => {
			const {config, nics} = this.#member(name).esxi.now();
			return {host: name, name: config.hostname, address: config.vmknics[0]?.ip ?? '', macs: nics.map(({mac}) => mac)};
		});
	}

	/** The master listens on 8182, and each slave has a connection to it. */
	#connections(host: string): Footprint['connections'] {
		const addressOf = (name: string) => this.#facts().find(facts => facts.host === name)?.address ?? '';
		const {role, process} = agentOf(this.#cluster, host);
		const listening = {
			protocol: 'tcp',
			local: '0.0.0.0:8182',
			foreign: '0.0.0.0:0',
			state: 'LISTEN',
			world: 'fdm-worker',
		};
		const talking = (local: string, foreign: string) => ({
			protocol: 'tcp',
			local,
			foreign,
			state: 'ESTABLISHED',
			world: 'fdm-worker',
		});
		const own = addressOf(host);
		const slaves = hostNames(this.#cluster).filter(each => {
			const other = agentOf(this.#cluster, each).role;
			return other.kind === 'slave' && other.master === host;
		});
		return process.kind !== 'running'
			? []
			: [
					listening,
					{...listening, protocol: 'udp', state: ''},
					...(role.kind === 'slave' ? [talking(`${own}:${clientPort(host)}`, `${addressOf(role.master)}:8182`)] : []),
					...slaves.map(slave => talking(`${own}:8182`, `${addressOf(slave)}:${clientPort(slave)}`)),
				];
	}

	#ground(): Ground {
		const room = this.#room;
		const esxi = (host: string) => this.#member(host).esxi.now();
		const entry = (vm: ProtectedVm, host: string) => esxi(host).vms.find(each => each.name === vm.name);
		const isUp = (host: string) => room.member(host).labHost().power.kind === 'on';
		const boxes = room.parts('shared-storage').filter(part => part instanceof SharedStoragePart);
		const path: Ground['path'] = (host, label) => {
			const shared = boxes.map(box => box.path(host, label)).find(each => each !== undefined);
			const disk = esxi(host).disks.find(({datastores}) => datastores.some(store => store.label === label));
			return shared ?? (disk === undefined || disk.path === 'dead' ? 'dead' : 'active');
		};
		const runningOn: Ground['runningOn'] = vm =>
			hostNames(this.#cluster).filter(host => isUp(host) && entry(vm, host)?.power === 'on');
		return {
			isUp,
			hostdRuns: host => esxi(host).hostd.started,
			inMaintenance: host => esxi(host).maintenance,
			areConnected: (one, other) => room.areConnected(one, other, 'management'),
			answers: (host, address) => room.answers(address, room.member(host).addresses()[0]?.networks ?? []),
			path,
			runningOn,
			isRegistered: (vm, host) => entry(vm, host) !== undefined,
			wasStopped: (vm, host) => entry(vm, host)?.hasCrashed === false,
			cannotStart: (vm, host) => {
				const holders = runningOn(vm).filter(each => each !== host && path(each, vm.datastore) === 'active');
				return holders.length > 0 ? 'Failed to lock the file' : undefined;
			},
		};
	}
}

/** The port that a slave speaks from: the same each time, and another one on each host. */
function clientPort(host: string): number {
	return 20_000 + ([...host].reduce((sum, letter) => sum * 31 + (letter.codePointAt(0) ?? 0), 7) % 30_000);
}

function never(): never {
	throw new Error('A cluster of vSphere HA has ESXi hosts only');
}
