import type {JobSeen} from '../run/outcome.js';
import type {Looked, Progress, Trace} from '../run/state.js';
import type {HostName} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {hostWord} from './names.js';
import {clockTime} from './time.js';

/** What a host said of what was left to it, in the middle of a sentence: `web-1 has booted since`. */
export function seenWords(host: HostName, seen: JobSeen, trace: Trace | undefined): string {
	const name = hostWord(host);
	switch (seen.kind) {
		case 'finished':
			return 'it has ended there';
		case 'running':
			return trace?.kind === 'restart' ? `${name} has not restarted yet` : 'it is running there';
		case 'notStarted':
			return `it was never begun there: ${sanitiseLine(seen.reason)}`;
		case 'superseded':
			return `a colleague has taken the run over (epoch ${seen.epoch})`;
		case 'unanswered':
			return `${name} ${seen.refused === undefined ? 'does not answer' : 'refuses us'}: ${sanitiseLine(seen.evidence)}`;
		case 'gone':
			switch (seen.because) {
				case 'vanished':
					return 'its process is gone without a status';
				case 'rebooted':
					return `${name} has booted since`;
				case 'folder-lost':
					return `what ${name} kept of it is gone`;
				case 'attached':
					return `${name} keeps nothing that could tell: it may have ended with the link, or go on unseen`;
			}
	}
}

/** What was found out about an unknown outcome by asking its host, a sentence a line; empty where nothing can be asked. */
export function lookedLines(host: HostName, progress: Progress, timeZone: string | undefined): readonly string[] {
	const {sent, looked, asked} = progress;
	const name = hostWord(host);
	if (sent?.trace === undefined) {
		return [];
	}

	if (looked === undefined || asked === 'look') {
		return [`${name} is being asked what came of it.`];
	}

	return [lookedLine(host, looked, sent.trace, timeZone)];
}

/** The same for a row of its own: `being looked up`, `does not answer since 14:02:20, asked twice`; empty where nothing can be asked. */
export function lookedNote(host: HostName, {sent, looked, asked}: Progress): string {
	if (sent?.trace === undefined) {
		return '';
	}

	if (looked === undefined || asked === 'look') {
		return 'being looked up there';
	}

	return isSilent(looked) ? silentWords(looked, undefined) : `looked up: ${seenWords(host, looked.seen, sent.trace)}`;
}

function isSilent({seen, unasked}: Looked): boolean {
	return seen.kind === 'unanswered' && seen.refused === undefined && !unasked;
}

function silentWords({silentSince, silentTimes}: Looked, timeZone: string | undefined): string {
	const times = silentTimes === 1 ? 'once' : `${silentTimes} times`;
	return `does not answer since ${clockTime(silentSince, timeZone)}, asked ${times}`;
}

function lookedLine(host: HostName, looked: Looked, trace: Trace, timeZone: string | undefined): string {
	const name = hostWord(host);
	const {seen, unasked, at} = looked;
	const when = clockTime(at, timeZone);
	if (unasked && seen.kind === 'unanswered') {
		return `Not looked up on ${name}: ${sanitiseLine(seen.evidence)}.`;
	}

	if (isSilent(looked)) {
		return `${name} ${silentWords(looked, timeZone)}; it is asked again.`;
	}

	return `Looked on ${name} at ${when}: ${seenWords(host, seen, trace)}.`;
}
