import {isDeepStrictEqual} from 'node:util';
import type {DictatedFile, WorldWork} from '../host.js';
import type {Member} from '../world/member.js';
import type {PartKind, PartRoom, WorldPart} from '../world/part.js';
import {type Cluster, configurationOf, configured, floatingOn, lookAt, resourcesOf, serverOfHost} from './cluster.js';
import {clusterCommands} from './commands.js';
import {halvesInStep} from './mirror.js';
import {copyContent, mirrorDevices} from './mirror-devices.js';
import {monitorEnded} from './monitors.js';
import {outcomeOfRequest} from './outcome-of-request.js';
import type {Place} from './place.js';
import {ProtectedGuests} from './protected-guests.js';
import {readClusters, withClusters} from './read.js';
import {scriptEnded} from './resources.js';
import {CLUSTERPRO} from './scripts.js';
import {nextChangeOf, settle} from './settle.js';
import {type Slot, SlotSchema} from './slot.js';
import {surroundingsOf} from './surroundings.js';
import {type Action, Turn} from './turn.js';
import {uploadOf} from './upload.js';

/** The service of EXPRESSCLUSTER on its servers, and its package. */
const clusterService = 'clusterpro';
const clusterPackage = 'expresscls';

/** EXPRESSCLUSTER clusters, in `lab.yaml` and in the machine room; a world whose file names none has room for one that somebody makes. */
export const expressclusterKind: PartKind = {
	kind: 'expresscluster',
	key: 'clusters',
	read: readClusters,
	prepare: (hosts, parts, topology, problems) =>
		withClusters(
			hosts,
			parts.map(part => SlotSchema.parse(part)),
			topology,
			problems,
		),
	deeds: ['set builder CLUSTER'],
	checkDeed: words => (words.length === 2 ? undefined : 'Write which cluster: set builder CLUSTER'),
	always: {kind: 'expresscluster', name: 'expresscluster'},
	restore: (saved, room) => new ClusterPart(SlotSchema.parse(saved), room),
};

class ClusterPart implements WorldPart {
	readonly kind = 'expresscluster';
	readonly name: string;
	readonly #room: PartRoom;
	readonly #guests: ProtectedGuests;
	#slot: Slot;
	#begin: WorldWork[];
	#kill: string[] = [];

	constructor(slot: Slot, room: PartRoom) {
		this.name = slot.name;
		this.#room = room;
		this.#slot = slot;
		this.#guests = new ProtectedGuests(room, () => this.#slot.cluster);
		this.#begin = [...slot.works];
	}

	nextChange(): number | undefined {
		const {cluster} = this.#slot;
		return cluster === undefined ? undefined : nextChangeOf(cluster, configurationOf(cluster).heartbeatTimeoutMs);
	}

	settle(now: number): boolean {
		const hasQuieted = this.#quietServices(now);
		const {cluster} = this.#slot;
		if (cluster === undefined) {
			return hasQuieted;
		}

		const turn = this.#turn(now);
		settle(turn);
		const hasChanged = turn.actions.length > 0 || !isDeepStrictEqual(turn.cluster, cluster);
		if (hasChanged) {
			this.#apply(turn);
		}

		const hasWritten = this.#mirrorWrites(now);
		return this.#guests.follow(now) || hasWritten || hasChanged || hasQuieted;
	}

	/** What was written on an active half is on the other one at once. True: there was something. */
	#mirrorWrites(now: number): boolean {
		const turn = this.#turn(now);
		const hostOf = (server: string) => this.#room.member(turn.server(server)?.host ?? server);
		const written = halvesInStep(turn).map(({mirror, from, to}) => copyContent(hostOf(from), hostOf(to), mirror));
		return written.includes(true);
	}

	look(): string {
		return this.#slot.cluster === undefined ? `${this.name}: no cluster yet` : lookAt(this.#slot.cluster);
	}

	deed(_words: readonly string[], now: number): string {
		const {builder} = this.#slot;
		if (builder === undefined) {
			throw new Error(`The lab file does not say what ${this.name} is to be`);
		}

		const {conf, scripts, hosts, hearsOnAnyNetwork, emergency} = builder;
		const cluster = configured(conf, scripts, hosts, this.#slot.cluster);
		this.#slot = {...this.#slot, cluster: {...cluster, hearsOnAnyNetwork, emergency}};
		this.settle(now);
		return `The configuration of ${this.name} was uploaded to ${Object.keys(hosts).join(', ')}`;
	}

	floating(host: string): readonly string[] {
		return this.#slot.cluster === undefined ? [] : floatingOn(this.#slot.cluster, host);
	}

	mirrorDevices(host: string) {
		return this.#slot.cluster === undefined ? [] : mirrorDevices(this.#slot.cluster, host);
	}

	files(host: string): Readonly<Record<string, DictatedFile>> {
		if (!this.#isMine(host) || !this.#isInstalled(host)) {
			return {};
		}

		const folders = ['bin/', 'etc/', 'log/', 'scripts/', 'work/'].map(name => [`${CLUSTERPRO}/${name}`, ''] as const);
		const {cluster} = this.#slot;
		const own = cluster === undefined || serverOfHost(cluster, host) === undefined ? undefined : cluster;
		const scripts = Object.entries(own?.scripts ?? {}).map(
			([path, text]) => [`${CLUSTERPRO}/scripts/${path}`, {text, mode: 0o755, owner: 'root'}] as const,
		);
		return Object.fromEntries<DictatedFile>([
			...folders,
			...scripts,
			...(own === undefined ? [] : [[`${CLUSTERPRO}/etc/clp.conf`, own.conf] as const]),
		]);
	}

	commands(host: string) {
		return this.#isMine(host) ? clusterCommands(this.#place(host)) : [];
	}

	takeWork() {
		const taken = {begin: this.#begin, kill: this.#kill};
		this.#begin = [];
		this.#kill = [];
		return taken;
	}

	workEnded(id: string, status: number | undefined, now: number): void {
		this.#slot = {...this.#slot, works: this.#slot.works.filter(work => work.id !== id)};
		if (this.#slot.cluster !== undefined) {
			const turn = this.#turn(now);
			scriptEnded(turn, id, status);
			monitorEnded(turn, id, status);
			this.#apply(turn);
		}
	}

	/** Fails over the group of a resource, or the group of that name, as another cluster asks for it; a sentence if it cannot. */
	failOver(host: string, name: string): string {
		if (this.#slot.cluster === undefined || serverOfHost(this.#slot.cluster, host) === undefined) {
			return 'The cluster is not created.';
		}

		const turn = this.#turn(this.#room.now());
		const outcome = outcomeOfRequest(turn, serverOfHost(turn.cluster, host) ?? '', name);
		this.#apply(turn);
		this.#room.changed();
		return outcome;
	}

	toJSON(): Slot {
		return this.#slot;
	}

	#turn(now: number): Turn {
		const {cluster} = this.#slot;
		if (cluster === undefined) {
			throw new RangeError(`${this.name} has no cluster yet`);
		}

		return new Turn(
			cluster,
			surroundingsOf(cluster, this.#room, host => this.#slot.licences[host] ?? []),
			now,
		);
	}

	#apply({cluster, actions, now}: Turn): void {
		this.#slot = {...this.#slot, cluster};
		for (const action of actions) {
			this.#perform(action, cluster, now);
		}
	}

	#perform(action: Action, cluster: Cluster, now: number): void {
		const member = (server: string) => this.#room.member(cluster.servers[server]?.host ?? server);
		switch (action.kind) {
			case 'alert': {
				const {server, level, module, id, text} = action;
				member(server).log?.(clusterService, `[${level}] <type: ${module}><event: ${id}> ${text}`, now);
				return;
			}
			case 'begin': {
				const {work: id, server, command, env} = action;
				this.#start({id, host: member(server).name, user: 'root', command, env});
				return;
			}
			case 'kill':
				this.#slot = {...this.#slot, works: this.#slot.works.filter(({id}) => id !== action.work)};
				this.#begin = this.#begin.filter(({id}) => id !== action.work);
				this.#kill.push(action.work);
				return;
			case 'stopService':
				member(action.server).setService?.(clusterService, false, now);
				return;
			case 'shutDown':
				shutDown(member(action.server), action.andThen, action.atOnce, now);
				return;
			case 'copied': {
				const mirror = resourcesOf(cluster).find(({name}) => name === action.mirror);
				if (mirror !== undefined) {
					copyContent(member(action.from), member(action.to), mirror);
				}
			}
		}
	}

	/** Has a script run on a host; kept with the world until it has ended. */
	#start(work: WorldWork): void {
		this.#slot = {...this.#slot, works: [...this.#slot.works, work]};
		this.#begin.push(work);
	}

	/** The software on this host is that of this cluster. Where no cluster is described, as in a guest with SingleServerSafe, it is the first one's. */
	#isMine(host: string): boolean {
		const parts = this.#room.parts('expresscluster').filter(part => part instanceof ClusterPart);
		return (parts.find(part => part.#slot.hosts?.includes(host) === true) ?? parts[0]) === this;
	}

	#isInstalled(host: string): boolean {
		return this.#room.member(host).has?.(clusterPackage) === true;
	}

	/** A service that has no configuration to go by ends at once. */
	#quietServices(now: number): boolean {
		const {cluster} = this.#slot;
		const idle = this.#room
			.members()
			.filter(({name, runs}) => this.#isMine(name) && runs?.(clusterService) === true)
			.filter(({name}) => cluster === undefined || serverOfHost(cluster, name) === undefined);
		for (const member of idle) {
			member.setService?.(clusterService, false, now);
		}

		return idle.length > 0;
	}

	#place(host: string): Place {
		const member = (server: string) => this.#room.member(this.#slot.cluster?.servers[server]?.host ?? server);
		return {
			host,
			isInstalled: () => this.#isInstalled(host),
			cluster: () => {
				const {cluster} = this.#slot;
				return cluster === undefined || serverOfHost(cluster, host) === undefined ? undefined : cluster;
			},
			look: () => this.#turn(this.#room.now()),
			act: change => {
				const turn = this.#turn(this.#room.now());
				change(turn);
				this.#apply(turn);
				this.#room.changed();
			},
			licences: () => this.#slot.licences[host] ?? [],
			addLicence: name => {
				const known = this.#slot.licences[host] ?? [];
				this.#slot = {...this.#slot, licences: {...this.#slot.licences, [host]: [...new Set([...known, name])]}};
				this.#room.changed();
			},
			setService: (server, runs) => member(server).setService?.(clusterService, runs, this.#room.now()),
			upload: (conf, scripts) => {
				const result = uploadOf(conf, scripts, host, this.#slot.cluster, this.#room);
				if ('refused' in result) {
					return result;
				}

				this.#slot = {...this.#slot, cluster: result.cluster};
				this.#room.changed();
				return {delivered: result.delivered};
			},
			request: (address, name) => this.#request(host, address, name),
			runScript: (address, script) => this.#runScript(host, address, script),
			nextChange: () => this.nextChange(),
			log: (level, text) => this.#room.member(host).log?.(clusterService, `[${level}] ${text}`, this.#room.now()),
		};
	}

	/** The member that answers at an address, as seen from a host. */
	#memberAt(address: string, from: string): Member | undefined {
		return this.#room
			.members()
			.find(
				({name, addresses}) =>
					addresses().some(({ip}) => ip === address) && (name === from || this.#room.areConnected(from, name)),
			);
	}

	#request(from: string, address: string, name: string): string {
		const member = this.#memberAt(address, from);
		const parts = this.#room.parts('expresscluster').filter(part => part instanceof ClusterPart);
		const part = parts.find(
			each => each.#slot.cluster !== undefined && serverOfHost(each.#slot.cluster, member?.name ?? '') !== undefined,
		);
		return member === undefined || part === undefined
			? 'Could not connect to the server.'
			: part.failOver(member.name, name);
	}

	#runScript(from: string, address: string, script: string): boolean {
		const member = this.#memberAt(address, from);
		if (member === undefined || !this.#isInstalled(member.name) || script.includes('/')) {
			return false;
		}

		const command = `exec ${[CLUSTERPRO, 'work', 'rexec', script].join('/')}`;
		const id = `rexec-${this.#room.now()}-${this.#slot.works.length}`;
		this.#start({id, host: member.name, user: 'root', command, env: {}});
		this.#room.changed();
		return true;
	}
}

function shutDown(member: Member, andThen: 'off' | 'boot', atOnce: boolean, now: number): void {
	if (!atOnce) {
		member.shutDown?.(andThen, now);
		return;
	}

	member.cutPower(now);
	if (andThen === 'boot') {
		member.powerOn(now);
	}
}
