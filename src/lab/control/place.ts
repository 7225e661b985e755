import {createHash} from 'node:crypto';
import {chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync} from 'node:fs';
import {tmpdir, userInfo} from 'node:os';
import {join} from 'node:path';
import * as z from 'zod';
import {faultNames} from '../faults.js';
import type {SavedWorld} from '../world/simulate.js';

/** Where one lab lives: a folder of its own, for its owner alone. */
export type LabPlace = {
	readonly folder: string;
	readonly control: string;
	readonly config: string;
	readonly knownHosts: string;
	readonly log: string;
};

/** The lab of a run. `stateDir` is the user's state folder; `run` is the run's id. Creates the folder. */
export function placeOf(stateDir: string, run: string): LabPlace {
	const folder = join(labsIn(stateDir), run.replaceAll(/[^A-Za-z0-9._-]/g, '_'));
	mkdirSync(folder, {recursive: true, mode: 0o700});
	return {
		folder,
		control: controlAddress(folder),
		config: join(folder, 'lab.json'),
		knownHosts: join(folder, 'known_hosts'),
		log: join(folder, 'lab.log'),
	};
}

/** Every lab that has a folder, living or not. */
export function placesIn(stateDir: string): readonly LabPlace[] {
	const labs = labsIn(stateDir);
	return existsSync(labs) ? readdirSync(labs).map(run => placeOf(stateDir, run)) : [];
}

/** When a lab ends: what only a living one needs goes; its world and what it complained about stay. */
export function tidy(place: LabPlace): void {
	const isEmpty = existsSync(place.log) && statSync(place.log).size === 0;
	for (const file of [place.config, place.knownHosts, ...(isEmpty ? [place.log] : [])]) {
		rmSync(file, {force: true});
	}
	const left = readdirSync(place.folder).filter(name => join(place.folder, name) !== place.control);
	if (left.length === 0) {
		rmSync(place.control, {force: true});
		rmdirSync(place.folder);
	}
}

function labsIn(stateDir: string): string {
	return join(stateDir, 'labs');
}

/** The kernel takes 104 bytes for the path of a socket on macOS, 108 on Linux. */
const longestSocketPath = 100;

function controlAddress(folder: string): string {
	const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
	if (process.platform === 'win32') {
		return `\\\\.\\pipe\\fieldbook-lab-${name}`;
	}
	const beside = join(folder, 'lab.sock');
	if (Buffer.byteLength(beside) <= longestSocketPath) {
		return beside;
	}
	const short = join(tmpdir(), `fieldbook-${userInfo().uid}`);
	mkdirSync(short, {recursive: true, mode: 0o700});
	chmodSync(short, 0o700); // Somebody else's folder of that name cannot be changed by us: then we do not use it
	return join(short, `${name}.sock`);
}

/** What the lab's process is told when it starts. */
export const LabConfig = z.strictObject({
	run: z.string(),
	/** The world of a topology that a lab file describes is checked where it comes to life. */
	topology: z.union([
		z.string(),
		z.strictObject({
			name: z.string(),
			world: z.custom<SavedWorld>(value => typeof value === 'object' && value !== null),
		}),
	]),
	start: z.string(),
	/** Infinity is no JSON. */
	speed: z.union([z.number().positive(), z.literal('unbounded')]),
	runsIdle: z.boolean(),
	fault: z
		.strictObject({
			name: z.enum(faultNames),
			seed: z.number().int(),
			hosts: z.array(z.string()).min(1).readonly().optional(),
		})
		.optional(),
	/** Written after each command; read first if it is there. */
	worldFile: z.string(),
	stateDir: z.string(),
	/** Another lab's world to begin with; it stays as it is. */
	fromWorld: z.string().optional(),
	idleMs: z.number().positive(),
});
export type LabConfig = z.infer<typeof LabConfig>;
