import type {StepGraph} from '../graph/graph.js';
import type {HostFacts} from '../run/event.js';
import {hostsInUse} from '../run/nodes.js';
import type {HostState, RunState} from '../run/state.js';
import type {HostName} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {skewWords} from './host-words.js';
import {hostWord, hostWords} from './names.js';
import type {Glyph, Tone} from './status.js';
import {spokenDuration} from './time.js';

/** One host of the board that is shown before anything changes. */
export type PreflightRow = {
	readonly host: HostName;
	readonly glyph: Glyph;
	readonly tone: Tone;
	/** Name, address, user, and what the host says of itself: version, own name, clock, uptime. Columns; some may be empty. */
	readonly cells: readonly string[];
	/** What it means and what to do, in sentences; empty where all is well. */
	readonly lines: readonly string[];
};

/** What holds while the hosts are looked at, in a new run and in one that goes on. */
export function preflightWords({progress}: RunState): string {
	return progress.size === 0 ? 'Nothing on the hosts has been changed.' : 'Nothing goes on before you say so.';
}

/** What it is to begin while these do not answer: before each attempt at a step on one of them it is asked again. */
export function beginWords(silent: readonly HostName[]): string {
	return silent.length === 0 ? 'begin' : `begin, and ask ${hostWords(silent)} again when due`;
}

/** A clock that is further off makes logs and measured times hard to compare. */
const skewLimitMs = 5000;

/** In the order of the sheet. */
export function preflightRows(graph: StepGraph, state: RunState): readonly PreflightRow[] {
	return hostsInUse(graph, state).map(host => {
		const site = state.started?.hosts[host];
		const known = state.hosts.get(host) ?? {kind: 'unknown'};
		const login = [hostWord(host), addressWords(site?.address ?? '', site?.port ?? 22), sanitiseLine(site?.user ?? '')];
		const {cells, ...row} = rowOf(known);
		return {host, ...row, cells: [...login, ...cells]};
	});
}

function rowOf(host: HostState): Omit<PreflightRow, 'host'> {
	switch (host.kind) {
		case 'unknown':
			return {glyph: 'running', tone: 'busy', cells: ['being contacted'], lines: []};
		case 'trusted':
			return {glyph: 'running', tone: 'busy', cells: ['logging in'], lines: []};
		case 'reached':
			return reachedRow(host.facts);
		case 'firstContact':
			return {
				glyph: 'asking',
				tone: 'doubt',
				cells: ['first contact'],
				lines: [
					`key ${sanitiseLine(host.keyType)} ${sanitiseLine(host.fingerprint)}`,
					...(host.about === undefined ? [] : [sanitiseLine(host.about)]),
					"Compare it with what the host's console shows. Nothing was sent.",
				],
			};
		case 'refused':
			return {
				glyph: 'failed',
				tone: host.refusal === 'unreachable' ? 'doubt' : 'bad',
				cells: [refusalWords(host.refusal)],
				lines: [sanitiseLine(host.reason), ...(host.next === '' ? [] : [`next: ${sanitiseLine(host.next)}`])],
			};
	}
}

function reachedRow({
	name,
	version,
	clockSkewMs,
	uptimeSeconds,
	fingerprint,
	way,
	note,
}: HostFacts): Omit<PreflightRow, 'host'> {
	const isOff = clockSkewMs !== null && Math.abs(clockSkewMs) > skewLimitMs;
	return {
		glyph: 'done',
		tone: isOff ? 'doubt' : 'good',
		cells: [
			sanitiseLine(version),
			sanitiseLine(name.trim()),
			`key ${sanitiseLine(fingerprint).slice(0, 14)}…`,
			clockSkewMs === null ? '' : `clock ${skewWords(clockSkewMs)}`,
			uptimeSeconds === null ? '' : `up ${spokenDuration(uptimeSeconds * 1000)}`,
			...(way === undefined ? [] : [`through ${sanitiseLine(way)}`]),
		],
		lines: [
			...(isOff ? ['Its clock is off: times in its logs will not fit the times of this run.'] : []),
			...(note === undefined ? [] : [sanitiseLine(note)]),
		],
	};
}

function addressWords(address: string, port: number): string {
	return port === 22 ? sanitiseLine(address) : `${sanitiseLine(address)}:${port}`;
}

function refusalWords(refusal: Extract<HostState, {kind: 'refused'}>['refusal']): string {
	switch (refusal) {
		case 'unreachable':
			return 'not reached';
		case 'auth':
			return 'login refused';
		case 'host-key-changed':
			return 'its key is not the known one';
		case 'host-key-unknown':
			return 'its key is not known';
		case 'host-key-revoked':
			return 'its key was revoked';
	}
}
