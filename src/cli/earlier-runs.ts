import {existsSync, readdirSync, statSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {evolve, newRun} from '../run/evolve.js';
import type {RunState} from '../run/state.js';
import {lookAtEvents} from '../store/look.js';
import {type Estimates, estimatesFrom} from '../view/estimates.js';
import {runsFolder} from './places.js';

/** More of them would say nothing else, and each one is read as a whole. */
const MOST_RUNS = 5;
/** So many files are looked into for them. */
const MOST_FILES = 50;

/** Which runs count: those of the same runbook, and rehearsals for a rehearsal. */
type Alike = {readonly title: string; readonly mode: 'real' | 'rehearsal'};

/**
How long the steps of a run are likely to take, by the newest runs like it on this laptop, others' files left out. Never rejects: a
file that cannot be read says nothing.
*/
export async function estimatesFor(
	alike: Alike,
	runFile: string,
	environment: Readonly<Record<string, string | undefined>>,
): Promise<Estimates> {
	const folder = runsFolder(environment);
	const files = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.fieldbook')) : [];
	const newest = files
		.map(name => join(folder, name))
		.filter(file => file !== resolve(runFile))
		.map(file => ({file, changedAt: changedAt(file)}))
		.toSorted((one, other) => other.changedAt - one.changedAt)
		.slice(0, MOST_FILES);
	const runs: RunState[] = [];
	for (const {file} of newest) {
		if (runs.length >= MOST_RUNS) {
			break;
		}

		runs.push(...foldedIfAlike(file, alike));
		await new Promise(resolve => setImmediate(resolve)); // The screen is drawn in the same thread
	}

	return estimatesFrom(runs);
}

function changedAt(file: string): number {
	return statSync(file, {throwIfNoEntry: false})?.mtimeMs ?? 0;
}

function foldedIfAlike(file: string, {title, mode}: Alike): readonly RunState[] {
	try {
		const events = lookAtEvents(
			file,
			({event}) => event.type === 'RunStarted' && event.title === title && event.mode === mode,
		);
		return events.length === 0 ? [] : [events.reduce(evolve, newRun)];
	} catch {
		return [];
	}
}
