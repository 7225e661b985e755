import * as z from 'zod';
import type {HostPower, WorldTime} from '../host.js';
import type {Member} from './member.js';

const Instant = z.number().int();

/** Where a host is between its cord and its login prompt. */
export const PowerSchema = z.discriminatedUnion('kind', [
	z.strictObject({kind: z.literal('off')}),
	z.strictObject({kind: z.literal('booting'), until: Instant}),
	z.strictObject({kind: z.literal('on'), bootedAt: Instant}),
	/** An orderly shutdown that has been asked for: it still answers. */
	z.strictObject({kind: z.literal('stopping'), bootedAt: Instant, at: Instant, andThen: z.enum(['off', 'boot'])}),
	/** Its kernel has given up: it has power and does nothing, until somebody takes that away. */
	z.strictObject({kind: z.literal('crashed')}),
]);

/** `boots`: how often it has booted, which tells one boot from another. */
type Powered = {readonly power: z.infer<typeof PowerSchema>; readonly boots: number};

/** What is particular about the power of one kind of host. */
export type Habits<Host extends Powered> = {
	/** From power to a login prompt. */
	readonly bootMs: number;
	/** An orderly shutdown. */
	readonly shutdownMs: number;
	/** What a boot makes of it, once it is on. */
	booted(host: Host, at: WorldTime): Host;
	/** What it forgets with its power; undefined: nothing. */
	unplugged?(host: Host): Host;
	/** What it saves at the end of an orderly shutdown; undefined: nothing. */
	saved?(host: Host, at: WorldTime): Host;
	/** What is due while it is on; undefined: nothing ever is. */
	whileOn?(host: Host, now: WorldTime): Host;
	/** When something will happen to it by itself while it is on; undefined: nothing will. */
	nextWhileOn?(host: Host, now: WorldTime): WorldTime | undefined;
};

export type PowerCycle<Host extends Powered> = {
	/** The cord is pulled. */
	cutPower(host: Host): Host;
	powerOn(host: Host, now: WorldTime): Host;
	/** `delayMs` is what it waits first. A second shutdown changes nothing. */
	shutDown(host: Host, andThen: 'off' | 'boot', now: WorldTime, delayMs?: number): Host;
	/** Lets everything happen that is due at `now`. */
	advance(host: Host, now: WorldTime): Host;
	/** When something will happen to the host by itself; undefined: nothing is under way. */
	nextChange(host: Host, now: WorldTime): WorldTime | undefined;
};

export function isUp({power}: Powered): boolean {
	return power.kind === 'on' || power.kind === 'stopping';
}

/** As the outside has it; `bootId` is that of the host's present boot. */
export function hostPower({power}: Powered, bootId: string): HostPower {
	switch (power.kind) {
		case 'off':
			return {kind: 'off'};
		case 'booting':
			return {kind: 'booting', until: power.until};
		case 'crashed':
			return {kind: 'booting', until: Number.POSITIVE_INFINITY};
		case 'on':
		case 'stopping':
			return {kind: 'on', bootedAt: power.bootedAt, bootId};
	}
}

/** What every host of this kind goes through between off and on. */
export function powerCycle<Host extends Powered>(habits: Habits<Host>): PowerCycle<Host> {
	const {bootMs, shutdownMs, unplugged, saved, whileOn, nextWhileOn} = habits;
	const cutPower = (host: Host): Host =>
		host.power.kind === 'off' ? host : {...(unplugged?.(host) ?? host), power: {kind: 'off'}};
	const powerOn = (host: Host, now: WorldTime): Host =>
		host.power.kind === 'off' ? {...host, power: {kind: 'booting', until: now + bootMs}} : host;
	const booted = (host: Host, at: WorldTime) =>
		habits.booted({...host, power: {kind: 'on', bootedAt: at}, boots: host.boots + 1}, at);
	const stopped = (host: Host, at: WorldTime, andThen: 'off' | 'boot'): Host => {
		const off: Host = {...(saved?.(host, at) ?? host), power: {kind: 'off'}};
		return andThen === 'boot' ? powerOn(off, at) : off;
	};
	const advance = (host: Host, now: WorldTime): Host => {
		const {power} = host;
		switch (power.kind) {
			case 'off':
			case 'crashed':
				return host;
			case 'booting':
				return power.until <= now ? advance(booted(host, power.until), now) : host;
			case 'stopping':
				return power.at <= now ? advance(stopped(host, power.at, power.andThen), now) : host;
			case 'on':
				return whileOn?.(host, now) ?? host;
		}
	};
	return {
		cutPower,
		powerOn,
		advance,
		shutDown: (host, andThen, now, delayMs = 0) =>
			host.power.kind === 'on'
				? {
						...host,
						power: {kind: 'stopping', bootedAt: host.power.bootedAt, at: now + delayMs + shutdownMs, andThen},
					}
				: host,
		nextChange: (host, now) => {
			const {power} = host;
			switch (power.kind) {
				case 'off':
				case 'crashed':
					return undefined;
				case 'booting':
					return power.until;
				case 'stopping':
					return power.at;
				case 'on':
					return nextWhileOn?.(host, now);
			}
		},
	};
}

/** The part of a member that its power cycle settles. */
export function underPower<Host extends Powered>(
	{cutPower, powerOn, advance, nextChange}: PowerCycle<Host>,
	now: () => Host,
	replace: (host: Host) => void,
): Pick<Member, 'cutPower' | 'powerOn' | 'advance' | 'nextChange'> {
	return {
		cutPower: () => replace(cutPower(now())),
		powerOn: at => replace(powerOn(now(), at)),
		nextChange: at => nextChange(now(), at),
		advance(to) {
			const after = advance(now(), to);
			if (after !== now()) {
				replace(after);
			}
		},
	};
}
