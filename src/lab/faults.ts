import * as z from 'zod';
import {type DomainFault, domainFaults, type Interference, type Mishap, type Strike} from './domain-faults.js';
import type {Platform} from './host.js';

/**
What can go wrong in a lab, on purpose. Each has happened to somebody on a real site.

A fault strikes one host at one place, both drawn from a seed: the same seed strikes there again.
*/
const linkFaults = [
	'refuse',
	'max-startups',
	'wrong-password',
	'drop-mid-command',
	'hang',
	'no-exit-status',
	'changed-host-key',
	'disk-full',
	'slow',
	'hostile-output',
] as const;

type DomainFaultName = (typeof domainFaults)[number]['name'];
export type FaultName = (typeof linkFaults)[number] | DomainFaultName;
export const faultNames: readonly [FaultName, ...FaultName[]] = [...linkFaults, ...domainFaults.map(({name}) => name)];

/** On hosts of which platform it can strike; undefined: on any. */
export function platformOf(name: FaultName): Platform['name'] | undefined {
	return domainFault(name)?.platform;
}

function sparedBy(name: FaultName): number {
	return domainFault(name)?.spares ?? 0;
}

function isDoneOnce(name: FaultName): boolean {
	return domainFault(name)?.isDoneOnce === true;
}

function domainFault(name: FaultName): DomainFault | undefined {
	return domainFaults.find(fault => fault.name === name);
}

export type Fault =
	/** Four connections in a row come to nothing, beginning with this one (from 1). */
	| {readonly name: 'refuse'; readonly host: string; readonly connection: number}
	/** The same, but they are accepted and closed: others wait at this server for their login, as many as it lets in at once. */
	| {readonly name: 'max-startups'; readonly host: string; readonly connection: number}
	/** The right password is refused once, at this login (from 1). */
	| {readonly name: 'wrong-password'; readonly host: string; readonly login: number}
	/** The connection dies under this command (from 1), after so many pieces of its output or at its end; it goes on alone. */
	| {readonly name: 'drop-mid-command'; readonly host: string; readonly command: number; readonly afterChunks: number}
	/** The first program in this command never ends. */
	| {readonly name: 'hang'; readonly host: string; readonly command: number}
	/** The command runs, and its channel closes without a word about its end. */
	| {readonly name: 'no-exit-status'; readonly host: string; readonly command: number}
	/** The host shows another key, always. */
	| {readonly name: 'changed-host-key'; readonly host: string}
	/** Nothing can be written while this command (from 1) runs. */
	| {readonly name: 'disk-full'; readonly host: string; readonly command: number}
	/** Each command takes half a minute more. */
	| {readonly name: 'slow'; readonly host: string}
	/** The output of this command (from 1) begins with what would harm a terminal. */
	| {readonly name: 'hostile-output'; readonly host: string; readonly command: number}
	/** This call (from 1) of the commands that the fault strikes; on any host, where one does it for all. */
	| {readonly name: DomainFaultName; readonly host: string; readonly call: number};

export type CommandFault =
	| {readonly kind: 'drop'; readonly afterChunks: number}
	| {readonly kind: 'hang'}
	| {readonly kind: 'no-exit-status'}
	| {readonly kind: 'disk-full'}
	| {readonly kind: 'slow'}
	| {readonly kind: 'hostile-output'};

const refusals = 4; // A first try and three more, as a careful client makes them

/** Where the fault `name` strikes with this seed. `hosts` is not empty; its order matters. */
export function planFault(name: FaultName, seed: number, hosts: readonly string[]): Fault {
	const draw = random(seed);
	const host = hosts[draw(hosts.length)] ?? '';
	// Behind the commands by which a client gets to know a host
	const command = 4 + draw(8);
	switch (name) {
		case 'refuse':
		case 'max-startups':
			return {name, host, connection: 1};
		case 'wrong-password':
			return {name, host, login: 1};
		case 'drop-mid-command':
			return {name, host, command, afterChunks: 1 + draw(3)};
		case 'hang':
		case 'no-exit-status':
		case 'disk-full':
		case 'hostile-output':
			return {name, host, command};
		case 'changed-host-key':
		case 'slow':
			return {name, host};
		default:
			// What is done once on a host is struck at once; of what is asked often, the seed chooses
			return {name, host, call: 1 + sparedBy(name) + draw(sparedBy(name) + 1)};
	}
}

/** For the person who asked for it. */
export function describeFault(fault: Fault): string {
	switch (fault.name) {
		case 'refuse':
			return `${fault.host} refuses ${refusals} connections from connection ${fault.connection} on`;
		case 'max-startups':
			return `${fault.host} closes ${refusals} connections from connection ${fault.connection} on: others wait for their login`;
		case 'wrong-password':
			return `${fault.host} refuses the right password at login ${fault.login}`;
		case 'drop-mid-command':
			return `the connection to ${fault.host} dies under command ${fault.command}`;
		case 'hang':
			return `command ${fault.command} on ${fault.host} hangs`;
		case 'no-exit-status':
			return `command ${fault.command} on ${fault.host} ends without an exit status`;
		case 'changed-host-key':
			return `${fault.host} shows another host key`;
		case 'disk-full':
			return `${fault.host} has no space left while command ${fault.command} runs`;
		case 'slow':
			return `${fault.host} takes half a minute more for each command`;
		case 'hostile-output':
			return `command ${fault.command} on ${fault.host} prints what would harm a terminal`;
		default:
			return `${isDoneOnce(fault.name) ? 'the host that does it first' : fault.host} ${domainFault(fault.name)?.title}, at ${momentOf(fault.name, fault.call)}`;
	}
}

/** > | call 1 of esxcfg-vswitch   call 9 of what its platform has */
function momentOf(name: FaultName, call: number): string {
	const commands = domainFault(name)?.commands ?? 'any';
	return commands === 'any'
		? `call ${call} of the commands that its platform has`
		: `call ${call} of ${commands.join(' and ')}`;
}

/** What has happened so far on every host, by name. Kept with the world, so that a restored lab strikes only once. */
export const FaultCounts = z.record(
	z.string(),
	z.object({
		connections: z.number(),
		logins: z.number(),
		commands: z.number(),
		/** Calls that the domain's fault strikes. */
		calls: z.number().default(0),
		/** World time of the first that it struck. */
		struckAt: z.number().optional(),
	}),
);
export type FaultCounts = z.infer<typeof FaultCounts>;

/** Counts what happens and says when the fault strikes. */
export class FaultWatch {
	readonly fault: Fault | undefined;
	readonly counts: FaultCounts;

	constructor(fault: Fault | undefined, counts: FaultCounts = {}) {
		this.fault = fault;
		this.counts = counts;
	}

	/** A connection comes in; undefined: it is served. */
	connection(host: string): 'refused' | 'closed' | undefined {
		const number = this.#count(host, 'connections');
		const {fault} = this;
		const strikes =
			fault?.host === host &&
			'connection' in fault &&
			number >= fault.connection &&
			number < fault.connection + refusals;
		return strikes ? (fault.name === 'refuse' ? 'refused' : 'closed') : undefined;
	}

	/** A right password was given; true: it is to be refused. */
	login(host: string): boolean {
		const number = this.#count(host, 'logins');
		return this.#on(host, 'wrong-password') && number === this.fault.login;
	}

	/** A command begins. */
	command(host: string): CommandFault | undefined {
		const number = this.#count(host, 'commands');
		const {fault} = this;
		if (fault?.host === host && fault.name === 'slow') {
			return {kind: 'slow'};
		}
		if (fault?.host !== host || !('command' in fault) || fault.command !== number) {
			return undefined;
		}
		return fault.name === 'drop-mid-command' ? {kind: 'drop', afterChunks: fault.afterChunks} : {kind: fault.name};
	}

	/** A program of a host is about to do something; undefined: let it, and nobody interferes. */
	call(
		host: string,
		command: string,
		args: readonly string[],
		now: number,
	): Strike | Interference | Mishap | undefined {
		const {fault} = this;
		const struck = fault !== undefined && 'call' in fault ? domainFault(fault.name) : undefined;
		const isMeant =
			struck !== undefined &&
			fault !== undefined &&
			(struck.isDoneOnce === true || fault.host === host) &&
			(struck.commands === 'any' || struck.commands.some(name => name.toLowerCase() === command.toLowerCase())) &&
			struck.words.test(args.join(' '));
		if (!isMeant || !('call' in fault)) {
			return undefined;
		}
		const counted = struck.isDoneOnce === true ? fault.host : host;
		const number = this.#count(counted, 'calls');
		const counts = this.counts[counted];
		if (number === fault.call && counts !== undefined) {
			counts.struckAt = now;
		}
		const lasts = counts?.struckAt !== undefined && now < counts.struckAt + struck.lastsMs;
		return number === fault.call || lasts ? struck.strike(args) : undefined;
	}

	hasOtherKey(host: string): boolean {
		return this.fault?.name === 'changed-host-key' && this.fault.host === host;
	}

	#on<Name extends (typeof linkFaults)[number]>(
		host: string,
		name: Name,
	): this is {readonly fault: Extract<Fault, {name: Name}>} {
		return this.fault?.name === name && this.fault.host === host;
	}

	#count(host: string, what: 'connections' | 'logins' | 'commands' | 'calls'): number {
		const counts = this.counts[host] ?? {connections: 0, logins: 0, commands: 0, calls: 0};
		counts[what] += 1;
		this.counts[host] = counts;
		return counts[what];
	}
}

/** Mulberry32: small, and the same on every machine. `draw(n)` is a whole number from 0 to n - 1. */
function random(seed: number): (below: number) => number {
	let state = seed | 0;
	return below => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
	};
}
