import {readFileSync} from 'node:fs';
import {afterEach, describe, expect, test} from 'vitest';
import {readDocument} from '../../../src/document/read.js';
import type {Hands} from '../../../src/engine/ports.js';
import {buildGraph} from '../../../src/graph/build.js';
import type {StepNode} from '../../../src/graph/graph.js';
import {handsFor} from '../../../src/lab/hands.js';
import {readLab} from '../../../src/lab/read-lab.js';
import {unexpected} from '../../../src/run/expect.js';
import {bindSite} from '../../../src/runbook/bind.js';
import {compileRunbook} from '../../../src/runbook/compile.js';
import {evaluateCondition} from '../../../src/runbook/condition.js';
import {readSite} from '../../../src/runbook/read-site.js';
import {renderScript, variablesFor} from '../../../src/runbook/render.js';
import type {Satellite, Script, Verify} from '../../../src/runbook/runbook.js';
import type {Ran} from '../machines.js';
import {type TwoMachines, twoMachines} from './two-machines.js';

const folder = 'runbooks/vmware-host-clustering';
const {document, problems: readProblems} = readDocument('esxi.md', readFileSync(`${folder}/esxi.md`, 'utf8'));
const {runbook, problems: compileProblems} = compileRunbook(document);
const {graph, problems: graphProblems} = buildGraph(runbook);
const {site, problems: siteProblems} = readSite(
	'site.example.yaml',
	readFileSync(`${folder}/site.example.yaml`, 'utf8'),
);
const {lab, problems: labProblems} = readLab('lab.yaml', readFileSync(`${folder}/lab.yaml`, 'utf8'));

describe('esxi.md', () => {
	test('has no problem at all', () => {
		expect([...readProblems, ...compileProblems, ...graphProblems]).toEqual([]);
	});

	test('needs nothing beyond its example sheet', () => {
		expect([...siteProblems, ...bindSite(runbook, site, {}, {}).problems]).toEqual([]);
	});

	test('is rehearsed by hands at each of its manual steps', () => {
		expect(labProblems).toEqual([]);
		const manual = runbook.steps.filter(({action}) => action.kind === 'manual').map(({id}) => id);
		expect(Object.keys(lab?.hands ?? {})).toEqual(expect.arrayContaining(manual));
	});

	test('has a check for each step that changes something', () => {
		const unchecked = runbook.steps.filter(
			({action, readonly, check}) => action.kind === 'script' && !readonly && check === undefined,
		);
		expect(unchecked.map(({id}) => id)).toEqual([]);
	});
});

/** How each step went on each host: `satisfied`, `done`, `skipped`, or why it failed. */
type Journal = Record<string, string>;

/** Walks through the runbook as a patient engineer would, without the engine: order, conditions, checks, scripts, verifies. */
class Walk {
	readonly two: TwoMachines;
	readonly journal: Journal = {};
	readonly #values: Record<string, Record<string, string>>;
	readonly #hosts: ReturnType<typeof bindSite>['hosts'];
	readonly #hands: Hands;

	constructor(two: TwoMachines, set: Readonly<Record<string, string>>) {
		this.two = two;
		const {values, hosts} = bindSite(runbook, site, set, {});
		this.#values = Object.fromEntries(Object.entries(values).map(([name, byHost]) => [name, {...byHost}]));
		this.#hosts = hosts;
		this.#hands = handsFor(lab?.hands ?? {}, async ([verb, ...words]) => {
			const now = two.clock.now();
			return verb === 'set' ? two.world.deed(words, now) : two.world.look(words, now);
		});
	}

	/** To the end, or to the end of step `last`. */
	async all(last?: string): Promise<Journal> {
		const end = graph.nodes.findIndex(({step}) => step.id === last);
		for (const node of end < 0 ? graph.nodes : graph.nodes.slice(0, end + 1)) {
			for (const host of node.hosts) {
				this.journal[`${node.step.id} ${host}`] = await this.#step(node, host);
			}
		}

		return this.journal;
	}

	async #step({step, hosts}: StepNode, host: string): Promise<string> {
		const {when, check, verify, action, captures, expect: lines} = step;
		if (when) {
			const values = this.#variables(host);
			const holds = evaluateCondition(when, {values, host: {name: host, group: 'esxi', platform: 'esxi'}});
			if (!holds.ok || !holds.value) {
				return holds.ok ? 'skipped' : holds.because;
			}
		}

		if (check && (await this.#run(check.script, host)).status === 0) {
			return 'satisfied';
		}

		switch (action.kind) {
			case 'manual':
				await this.#hands.perform(step.id, host);
				break;
			case 'wait': {
				const {status, err} = await this.#until(action.script, host, action);
				return status === 0 ? 'done' : `gave up: ${err}`;
			}
			case 'script': {
				const {status, out, err} = await this.#run(action.script, host);
				if (status !== 0) {
					return `exit ${status}: ${err}${out}`;
				}

				const problem = unexpected(lines, out);
				if (problem !== undefined) {
					return problem;
				}

				if (captures) {
					this.#values[captures.name] = {...this.#values[captures.name], [host]: out.trim()};
				}

				break;
			}
			case 'probe':
			case 'file':
				throw new Error(`${step.id} on ${hosts.join()} is not walked`);
		}

		return verify ? this.#verified(verify, host) : 'done';
	}

	async #verified(verify: Verify, host: string): Promise<string> {
		const {status, err} = await this.#until(verify.script, host, verify);
		return status === 0 ? 'done' : `verify failed: ${err}`;
	}

	async #until(script: Script, host: string, {everyMs, forMs}: Pick<Verify, 'everyMs' | 'forMs'>): Promise<Ran> {
		const until = this.two.clock.now() + forMs;
		for (;;) {
			const ran = await this.#run(script, host);
			if (ran.status === 0 || this.two.clock.now() >= until) {
				return ran;
			}

			await this.two.clock.sleep(everyMs);
		}
	}

	#run(script: Satellite['script'], host: string): Promise<Ran> {
		const rendered = renderScript(script, {host, values: this.#values, hosts: this.#hosts});
		if (!rendered.ok) {
			throw new Error(`No value for ${rendered.missing.join()}`);
		}

		return this.two.run(host, rendered.text, {
			...this.#variables(host),
			license_key: `AAAAA-BBBBB-CCCCC-DDDDD-${host.toUpperCase()}`,
		});
	}

	#variables(host: string): Record<string, string> {
		return variablesFor(runbook, this.#values, host);
	}
}

describe('walked through on two fresh hosts', () => {
	let two: TwoMachines | undefined;
	afterEach(() => two?.stop());

	const changing = runbook.steps.filter(({check}) => check !== undefined).map(({id}) => id);

	test('it reaches the state esxi-ready, and a second walk changes nothing', async () => {
		two = await twoMachines('bare');
		const first = await new Walk(two, {}).all();
		expect(new Set(Object.values(first))).toEqual(new Set(['done', 'satisfied', 'skipped']));
		expect(
			Object.entries(first)
				.filter(([, how]) => how === 'satisfied')
				.map(([step]) => step),
		).toEqual(['console esxi1', 'console esxi2', 'datastore esxi1', 'datastore esxi2']);
		const ready = await twoMachines('esxi-ready');
		expect(await looks(two)).toEqual(await looks(ready));
		ready.stop();

		const second = await new Walk(two, {}).all();
		for (const id of changing) {
			for (const host of ['esxi1', 'esxi2']) {
				expect([`${id} ${host}`, second[`${id} ${host}`]]).toEqual([
					`${id} ${host}`,
					first[`${id} ${host}`] === 'skipped' ? 'skipped' : 'satisfied',
				]);
			}
		}
	});

	test('it assigns licences, formats the empty disks and tunes for Windows when the sheet says so', async () => {
		two = await twoMachines('bare');
		const set = {assign_license: 'true', datastore: 'vmstore', ec_os: 'windows', iscsi_is_slow: 'true'};
		const first = await new Walk(two, set).all();
		expect(first).toMatchObject({
			'license esxi1': 'done',
			'datastore esxi1': 'done',
			'datastore esxi2': 'done',
			'ats esxi2': 'done',
			'delayed-ack esxi1': 'skipped',
		});
		const second = await new Walk(two, set).all();
		expect(second).toMatchObject({
			'license esxi2': 'satisfied',
			'datastore esxi2': 'satisfied',
			'ats esxi1': 'satisfied',
		});
	});

	test.each([
		[{mirror_nic: 'vmnic0'}, 'nic-map esxi1', /vmnic0 carries the management network/],
		[{mirror_nic: 'vmnic2'}, 'nic-map esxi1', /Two networks share a NIC/],
		[{datastore: 'vmstore', datastore_disk: 'naa.5002538e40a1b1c1'}, 'datastore esxi1', /has partitions/],
		[{datastore: 'vmstore', datastore_disk: 'none'}, 'datastore esxi2', /cannot be read/],
		[{datastore_room: '900'}, 'datastore-room esxi1', /764 GiB free, 900 GiB needed/],
		[{ntp_server: '192.0.2.1'}, 'ntp-in-step esxi1', /^gave up/],
	])('it stops at %j', async (set, step, problem) => {
		two = await twoMachines('bare');
		const journal = await new Walk(two, {datastore_room: '520', ...set}).all(step.split(' ')[0]);
		expect(journal[step]).toMatch(problem);
	});
});

/** What both hosts answer to what an engineer would ask. */
async function looks(two: TwoMachines): Promise<Readonly<Record<string, string>>> {
	const lines = [
		'esxcfg-vswitch -l',
		'esxcfg-vmknic -l',
		'esxcli network nic list',
		'esxcli system settings advanced list',
		'esxcli network firewall ruleset list',
		'esxcli storage filesystem list',
		'esxcli iscsi adapter list',
		'chkconfig --list',
		'ntpq -p',
		'vim-cmd hostsvc/autostartmanager/get_defaults',
		'vim-cmd hostsvc/net/vnic_info',
		'vim-cmd vimsvc/license --show',
	];
	const seen: Record<string, string> = {};
	for (const host of ['esxi1', 'esxi2']) {
		for (const line of lines) {
			seen[`${host}: ${line}`] = (await two.run(host, line)).out;
		}
	}

	return seen;
}
