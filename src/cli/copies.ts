import {existsSync, readdirSync} from 'node:fs';
import {basename, join, resolve} from 'node:path';
import {type Relation, relationOf} from '../run/copies.js';
import {leaseAfter} from '../run/lease.js';
import type {Lease} from '../run/state.js';
import {lookAtMeta, lookAtRun, type SeenEvent, type SeenRun} from '../store/look.js';
import {UserError} from '../text/user-error.js';
import {orFromHolder} from './held-run.js';
import {runsFolder} from './places.js';

/** Another file of the same run in the state folder. */
export type Copy = {
	readonly name: string;
	/** How the file that was asked about stands to this one. */
	readonly relation: Relation;
	/** Of its last lease; 0: nobody ever held it. */
	readonly epoch: number;
};

/** How a file's events stand to those of another file of the same run. */
export function copyOf(own: readonly SeenEvent[], name: string, other: readonly SeenEvent[]): Copy {
	const relation = relationOf(
		own.map(({hash}) => hash),
		other.map(({hash}) => hash),
	);
	return {name, relation, epoch: lastLease(other)?.epoch ?? 0};
}

/** The other files of the run in the state folder that can be read, those that are open now too. */
export async function copiesOf(file: string, runId: string, events: readonly SeenEvent[]): Promise<readonly Copy[]> {
	const folder = runsFolder(process.env);
	const names = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.fieldbook')) : [];
	const copies = names.map(async name => {
		const other = join(folder, name);
		const seen = resolve(other) === resolve(file) ? undefined : await eventsIfOf(other, runId);
		return seen === undefined ? [] : [copyOf(events, basename(name, '.fieldbook'), seen)];
	});
	return (await Promise.all(copies)).flat();
}

/** `the same run as bens, gone another way after event 40`; for a list of runs. */
export function copyWords({name, relation: {kind, common}}: Copy): string {
	switch (kind) {
		case 'same':
			return `the same run as ${name}`;
		case 'ahead':
			return `the same run as ${name}, which ends with event ${common}`;
		case 'behind':
			return `the same run as ${name}, which goes on after event ${common}`;
		case 'fork':
			return `the same run as ${name}, gone another way after event ${common}`;
	}
}

/** Whoever held it last has closed it: a signature covers the last event. */
export function isLetGo({signed, events}: Pick<SeenRun, 'signed' | 'events'>): boolean {
	const last = events.at(-1);
	return signed !== undefined && signed.seq === last?.seq && signed.head === last.hash;
}

/** Undefined: it is another run, or cannot be read. */
async function eventsIfOf(file: string, runId: string): Promise<readonly SeenEvent[] | undefined> {
	try {
		return await orFromHolder(
			file,
			() => (lookAtMeta(file).get('runId') === runId ? lookAtRun(file).events : undefined),
			async link => {
				const {meta, events} = await link.seen();
				return meta.get('runId') === runId ? events : undefined;
			},
		);
	} catch (error) {
		if (error instanceof UserError) {
			return undefined;
		}

		throw error;
	}
}

function lastLease(events: readonly SeenEvent[]): Lease | undefined {
	let lease: Lease | undefined;
	for (const {event, at} of events) {
		if (event.type === 'RunStarted' || event.type === 'RunResumed') {
			lease = leaseAfter(lease, event, at);
		}
	}

	return lease;
}
