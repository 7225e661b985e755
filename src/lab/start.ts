import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Clock, Hands, Transport} from '../engine/ports.js';
import type {HostName} from '../runbook/runbook.js';
import {UserError} from '../text/user-error.js';
import {attend} from './attend.js';
import {ControlClient} from './control/control-client.js';
import {type LabPlace, placeOf, placesIn} from './control/place.js';
import type {Hello} from './control/protocol.js';
import {startLab} from './control/spawn-lab.js';
import type {FaultName} from './faults.js';
import {type HandPlan, handsFor} from './hands.js';
import type {Platform} from './host.js';
import {knownHostsLines} from './known-hosts-lines.js';
import type {NamedSecret} from './lab-secrets.js';
import type {TopologyChoice} from './world/topologies.js';

/** What a lab is started with. Plain data: it may cross to another thread. */
export type LabOptions = {
	/** The user's state folder; the lab gets one inside it, for its owner alone. */
	readonly stateDir: string;
	readonly runId: string;
	readonly topology: TopologyChoice;
	readonly start: string;
	readonly hands: HandPlan;
	/** World seconds for one of ours; Infinity: as fast as it goes. */
	readonly speed: number;
	/** True: time runs also while nobody waits for it. For `fieldbook lab`, with `speed: 1`. */
	readonly runsIdle?: boolean;
	/** `hosts`: those that it may strike, in the topology's order; without them all. */
	readonly fault?:
		| {readonly name: FaultName; readonly seed: number; readonly hosts?: readonly string[] | undefined}
		| undefined;
	/** Where the world is kept; undefined: in the lab's folder. A world that is there already is gone on with. */
	readonly worldFile?: string | undefined;
	/** Another run's world to begin with, if there is none yet. */
	readonly fromWorld?: string | undefined;
	/** Real time without a user after which the lab ends; ten minutes unless told. */
	readonly idleMs?: number;
	/** The bundle of `main.ts`; undefined: `lab.js` beside this one. */
	readonly entry?: string;
};

type LabHostAddress = {
	readonly platform: Platform['name'];
	readonly address: string;
	readonly port: number;
	readonly user: string;
	/** For `Secrets`: what the server's `Password: ` wants. */
	readonly password: string;
	/** `SHA256:…` of each key that the host may show. */
	readonly fingerprints: readonly string[];
};

/** A living lab, as a rehearsal uses it. */
export type Lab = {
	/** In the topology's order. */
	readonly hosts: Readonly<Record<HostName, LabHostAddress>>;
	/** Strict checking passes with it, unless a fault changes a key. */
	readonly knownHostsFile: string;
	readonly worldFile: string;
	/** The lab's process. */
	readonly pid: number;
	/** What will go wrong, in words; undefined: nothing. */
	readonly fault: string | undefined;
	/** World time. */
	readonly clock: Clock;
	readonly hands: Hands;
	/** The transport to reach these hosts with: world time stands while an exchange is in flight. */
	attend(transport: Transport): Transport;
	/** A person's work in the world: `power off esxi1`. Says what was done; rejects with a sentence. */
	perform(words: readonly string[]): Promise<string>;
	/** Tells it the secrets of the run, all so far: its saved world then has their names instead. */
	learn(secrets: readonly NamedSecret[]): Promise<void>;
	/** Leaves the lab running, until nobody has used it for a while. */
	close(): Promise<void>;
	/** Ends it; its world stays on disk. */
	stop(): Promise<void>;
};

const tenMinutesMs = 600_000;

/** Finds the living lab of a run, or starts one: from its saved world if there is one. Rejects with a UserError. */
export async function openLab(wanted: LabOptions): Promise<Lab> {
	const place = placeOf(wanted.stateDir, wanted.runId);
	const living = await ControlClient.connect(place.control);
	// It may be ending at this very moment: then it is as good as gone
	const greeted = await living?.hello().catch(() => undefined);
	if (living !== undefined && greeted !== undefined) {
		return labOf(living, greeted, place, wanted.hands);
	}
	const client = await start(place, wanted);
	return labOf(client, await client.hello(), place, wanted.hands);
}

function start(place: LabPlace, wanted: LabOptions): Promise<ControlClient> {
	const config = {
		run: wanted.runId,
		topology: wanted.topology,
		start: wanted.start,
		speed: wanted.speed === Number.POSITIVE_INFINITY ? ('unbounded' as const) : wanted.speed,
		runsIdle: wanted.runsIdle ?? false,
		...(wanted.fault === undefined ? {} : {fault: wanted.fault}),
		stateDir: wanted.stateDir,
		worldFile: wanted.worldFile ?? join(place.folder, 'world.json'),
		...(wanted.fromWorld === undefined ? {} : {fromWorld: wanted.fromWorld}),
		idleMs: wanted.idleMs ?? tenMinutesMs,
	};
	return wanted.entry === undefined ? startLab(place, config) : startLab(place, config, wanted.entry);
}

function labOf(client: ControlClient, hello: Hello, place: LabPlace, hands: HandPlan): Lab {
	const lines = hello.hosts.map(({address, port, keys}) => knownHostsLines(address, port, keys));
	writeFileSync(place.knownHosts, lines.join(''), {mode: 0o600});
	const perform = (words: readonly string[]) => client.perform(words);
	return {
		hosts: hostsOf(hello),
		knownHostsFile: place.knownHosts,
		worldFile: hello.worldFile,
		pid: hello.pid,
		fault: hello.fault,
		clock: client.clock,
		hands: handsFor(hands, perform),
		attend: transport => attend(transport, client.clock, host => client.beginExchange(host)),
		perform,
		learn: secrets => client.learn(secrets),
		close: async () => client.close(),
		stop: () => client.stop(),
	};
}

function hostsOf({hosts}: Hello): Lab['hosts'] {
	return Object.fromEntries(
		hosts.map(({name, keys, ...host}) => [name, {...host, fingerprints: keys.map(({fingerprint}) => fingerprint)}]),
	);
}

/** Ends every living lab of this user; the names of the runs whose labs they were. */
export async function stopLabs(stateDir: string): Promise<readonly string[]> {
	const stopped: string[] = [];
	for (const {hello, client} of await livingLabs(stateDir)) {
		await client.stop();
		stopped.push(hello.run);
	}
	return stopped;
}

/**
A person's work in a lab that lives already: `power off esxi1`. Says what was done. Rejects with a UserError (status 2).

`worldFile`: which lab; undefined: the only one.
*/
export function actInLab(stateDir: string, worldFile: string | undefined, words: readonly string[]): Promise<string> {
	return withLab(stateDir, worldFile, lab =>
		lab.client.perform(words).catch((error: unknown) => {
			const why = error instanceof Error ? error.message : String(error);
			throw new UserError('lab-deed', why, 'docs/lab.md lists what can be done: `power`, `set`, `look` and `wait`.', 2);
		}),
	);
}

/** Somebody stands in front of a host for a while: world time passes. Resolves with the time there. Rejects as `actInLab` does. */
export function waitInLab(stateDir: string, worldFile: string | undefined, ms: number): Promise<number> {
	return withLab(stateDir, worldFile, async ({client}) => {
		await client.clock.sleep(ms);
		return client.clock.now();
	});
}

/** How to log in to the hosts of a lab that lives already. Rejects with a UserError (status 2). */
export function hostsOfLab(
	stateDir: string,
	worldFile: string | undefined,
): Promise<Pick<Lab, 'hosts' | 'knownHostsFile'>> {
	return withLab(stateDir, worldFile, async ({hello, place}) => ({
		hosts: hostsOf(hello),
		knownHostsFile: place.knownHosts,
	}));
}

async function withLab<T>(
	stateDir: string,
	worldFile: string | undefined,
	body: (lab: LivingLab) => Promise<T>,
): Promise<T> {
	const labs = await livingLabs(stateDir);
	try {
		const [lab, ...others] = labs.filter(({hello}) => worldFile === undefined || hello.worldFile === worldFile);
		if (lab === undefined) {
			throw new UserError(
				'no-lab-lives',
				worldFile === undefined ? 'No lab is running.' : 'The lab of this run is not running.',
				'It lives while its rehearsal is open, and some minutes longer: `fieldbook resume` brings it back.',
				2,
			);
		}
		if (others.length > 0) {
			const worlds = labs.map(({hello}) => hello.worldFile).join(', ');
			throw new UserError('many-labs', `${labs.length} labs are running: ${worlds}.`, 'Name the run: --run RUN.', 2);
		}
		return await body(lab);
	} finally {
		for (const {client} of labs) {
			client.close();
		}
	}
}

type LivingLab = {readonly place: LabPlace; readonly hello: Hello; readonly client: ControlClient};

async function livingLabs(stateDir: string): Promise<readonly LivingLab[]> {
	const found = await Promise.all(
		placesIn(stateDir).map(async place => {
			const client = existsSync(place.config) ? await ControlClient.connect(place.control) : undefined;
			const hello = await client?.hello().catch(() => undefined);
			return client === undefined || hello === undefined ? [] : [{place, hello, client}];
		}),
	);
	return found.flat();
}
