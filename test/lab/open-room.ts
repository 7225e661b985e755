import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Clock, HostAccess, Transport} from '../../src/engine/ports.js';
import {attend} from '../../src/lab/attend.js';
import {knownHostsLines} from '../../src/lab/known-hosts-lines.js';
import {Room, type RoomOptions, type SavedRoom} from '../../src/lab/room.js';
import {type HostKeys, makeHostKeys} from '../../src/lab/ssh/host-keys.js';
import {createTransport, type TransportOptions} from '../../src/transport/transport.js';
import {vaultWith} from '../transport/parts.js';
import {tinyTopology} from './tiny-room.js';

/** A tiny room with its servers in the process of the test, and a transport that logs in with the password. */
export type OpenRoom = {
	readonly room: Room;
	readonly folder: string;
	readonly transport: Transport;
	/** A transport of its own, as from another laptop; to be closed. */
	another(options?: Partial<TransportOptions>): Transport;
	/** The last state that was written down. */
	saved(): SavedRoom;
	host(name: string, changes?: Partial<HostAccess>): HostAccess;
	stop(): Promise<void>;
};

function worldTime({clock}: Room): Clock {
	return {now: async () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal)};
}

/** Making keys is slow, and no test is about how they are made. */
const keys: Promise<HostKeys>[] = [];
let given = 0;

function nextKeys(): Promise<HostKeys> {
	const slot = given++ % 3;
	const made = keys[slot] ?? makeHostKeys(['rsa', 'ecdsa']);
	keys[slot] = made;
	return made;
}

export async function openRoom(changes: Partial<RoomOptions> = {}): Promise<OpenRoom> {
	let saved: SavedRoom | undefined;
	const complaints: string[] = [];
	const room = await Room.open({
		topology: tinyTopology,
		from: {kind: 'start', start: 'ready'},
		speed: Number.POSITIVE_INFINITY,
		runsIdle: false,
		fault: undefined,
		address: '127.0.0.1',
		firstPort: 23_000 + (process.pid % 500) * 10,
		keep: async state => {
			saved = structuredClone(state);
		},
		log: text => complaints.push(text),
		makeKeys: nextKeys,
		...changes,
	});
	const folder = mkdtempSync(join(tmpdir(), 'fieldbook-room-'));
	const knownHosts = join(folder, 'known_hosts');
	writeFileSync(
		knownHosts,
		room
			.hosts()
			.map(({address, port, keys}) => knownHostsLines(address, port, keys))
			.join(''),
	);
	const passwords = Object.fromEntries(room.hosts().map(({name, password}) => [name, password]));
	const open = (options: Partial<TransportOptions> = {}) =>
		createTransport({
			secrets: {...vaultWith(), obtain: async prompt => passwords[prompt.host]},
			knownHosts: {files: [knownHosts], policy: 'strict'},
			home: folder,
			localUser: 'nobody',
			...options,
		});
	const inRoom = (transport: Transport) =>
		attend(transport, worldTime(room), host => {
			room.exchange(host, 1);
			return () => room.exchange(host, -1);
		});
	const transport = open();
	return {
		room,
		folder,
		transport: inRoom(transport),
		another: options => inRoom(open(options)),
		saved: () => {
			if (saved === undefined) {
				throw new Error('The room was never saved.');
			}
			return saved;
		},
		host: (name, changes) => {
			const found = room.hosts().find(host => host.name === name);
			return {
				name,
				address: found?.address ?? '',
				port: found?.port ?? 0,
				user: found?.user,
				auth: undefined,
				key: undefined,
				password: undefined,
				jump: undefined,
				legacy: false,
				sudo: false,
				platform: found?.platform ?? 'linux',
				encoding: 'utf-8',
				...changes,
			};
		},
		stop: async () => {
			await transport.close();
			await room.close();
			rmSync(folder, {recursive: true});
			if (complaints.length > 0) {
				throw new Error(complaints.join('\n'));
			}
		},
	};
}
