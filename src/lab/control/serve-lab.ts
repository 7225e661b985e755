import {readFile, rename, writeFile} from 'node:fs/promises';
import {UserError} from '../../text/user-error.js';
import {describeFault, planFault} from '../faults.js';
import type {Topology} from '../host.js';
import {Room, SavedRoom} from '../room.js';
import {UnreadableWorld} from '../world/unreadable-world.js';
import {AddressTaken, ControlServer} from './control-server.js';
import {jsonOf} from './json-of.js';
import {type LabConfig, placeOf, tidy} from './place.js';

const address = '127.0.0.1';
/** Below the ports that systems give out by themselves, so that a host that was off gets its own again. */
const firstPort = 22_022;
const portsPerLab = 16;
const labsInARow = 500;
const idleChecksMs = 5000;

/** Runs a lab until somebody stops it or nobody has used it for `idleMs`. Resolves when all is closed and saved. */
export async function serveLab(config: LabConfig, topology: Topology, log: (text: string) => void): Promise<void> {
	const fault =
		config.fault === undefined
			? undefined
			: planFault(config.fault.name, config.fault.seed, config.fault.hosts ?? topology.hosts);
	const kept =
		(await readRoom(config.worldFile)) ??
		(config.fromWorld === undefined ? undefined : await readRoom(config.fromWorld));
	const room = await Room.open({
		topology,
		from: kept === undefined ? {kind: 'start', start: config.start} : {kind: 'saved', saved: kept.saved},
		speed: config.speed === 'unbounded' ? Number.POSITIVE_INFINITY : config.speed,
		runsIdle: config.runsIdle,
		fault,
		address,
		firstPort: firstPort + (hash(config.run) % labsInARow) * portsPerLab,
		keep: room => writeRoom(config.worldFile, room),
		log,
	}).catch((error: unknown) => {
		throw error instanceof UnreadableWorld ? ofAnotherVersion(kept?.file ?? '', config, error) : error;
	});
	const place = placeOf(config.stateDir, config.run);
	const ended = Promise.withResolvers<void>();
	try {
		const control = await ControlServer.listen({
			room,
			address: place.control,
			log,
			stop: () => ended.resolve(),
			hello: () => ({
				version: 1,
				run: config.run,
				topology: topology.name,
				pid: process.pid,
				fault: fault === undefined ? undefined : describeFault(fault),
				worldFile: config.worldFile,
				hosts: room.hosts().map(host => ({...host, keys: [...host.keys]})),
			}),
		});
		const idle = stopWhenUnused(() => control.inUse || room.inUse, config.idleMs, ended.resolve);
		process.once('SIGTERM', ended.resolve);
		await ended.promise;
		clearInterval(idle);
		await room.close();
		tidy(place);
		control.close();
	} catch (error) {
		await room.close();
		if (!(error instanceof AddressTaken)) {
			throw error;
		}
		log('Another lab serves this run already.');
	}
}

function stopWhenUnused(inUse: () => boolean, idleMs: number, stop: () => void): NodeJS.Timeout {
	let lastUsed = Date.now();
	return setInterval(
		() => {
			lastUsed = inUse() ? Date.now() : lastUsed;
			if (Date.now() - lastUsed >= idleMs) {
				stop();
			}
		},
		Math.min(idleChecksMs, idleMs),
	);
}

function ofAnotherVersion(file: string, {fromWorld}: LabConfig, {message}: UnreadableWorld): UserError {
	const [next, status] =
		file === fromWorld
			? ([
					'Leave --world out, or let this version rehearse the earlier runbook again and begin with that world.',
					2,
				] as const)
			: ([
					'Rehearse the runbook again from its beginning. What the run has recorded can still be shown and exported.',
					1,
				] as const);
	const what = `${file} holds the simulated hosts in a form that another version of fieldbook has written (${message}). Nothing was changed.`;
	return new UserError('old-world', what, next, status);
}

/** Undefined if there is no such file. Rejects with a sentence if it is no saved room. */
async function readRoom(file: string): Promise<{readonly file: string; readonly saved: SavedRoom} | undefined> {
	let text: string;
	try {
		text = await readFile(file, 'utf8');
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
			return undefined;
		}
		throw error;
	}
	const saved = SavedRoom.safeParse(parsed(text));
	if (!saved.success) {
		throw new Error(`${file} is no saved lab, or a damaged one.`);
	}
	return {file, saved: saved.data};
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Of a room: down to the pieces of a host's state, and to the files of its machine. */
const rememberedLevels = 5;

/** The old world or the new one, never half of it. */
async function writeRoom(file: string, room: SavedRoom): Promise<void> {
	const unfinished = `${file}.${process.pid}.new`;
	await writeFile(unfinished, jsonOf(room, rememberedLevels), {mode: 0o600});
	await rename(unfinished, file);
}

/** FNV-1a: labs of different runs start looking for ports at different places. */
function hash(text: string): number {
	let value = 0x811c9dc5;
	for (const character of text) {
		value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
	}
	return value;
}
