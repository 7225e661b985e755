import {existsSync} from 'node:fs';
import {basename} from 'node:path';
import {formatProblems} from '../document/format-problem.js';
import {type FaultName, faultNames, platformOf} from '../lab/faults.js';
import {type LabFile, readLab} from '../lab/read-lab.js';
import type {LabOptions} from '../lab/start.js';
import {type TopologyChoice, topologyOf} from '../lab/world/topologies.js';
import type {HostName} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import {type OpenedFile, readText} from './open-runbook.js';
import {labFileOf, stateFolder, worldFileOf} from './places.js';

/** What the command line says about the lab. */
export type LabChoice = {
	readonly fault: string | undefined;
	readonly seed: number | undefined;
	/** World seconds for one of ours. */
	readonly speed: number;
	/** The run file whose world to begin with. */
	readonly world: string | undefined;
};

/** The lab of a rehearsal on these hosts. Throws a UserError (status 2): no `lab.yaml`, a wrong one, an unknown host or fault. */
export function labOptions(
	opened: OpenedFile,
	hosts: readonly HostName[],
	choice: LabChoice,
	runId: string,
	runFile: string,
): LabOptions {
	const file = labFileOf(opened.file);
	if (file === undefined) {
		throw new UserError(
			'no-lab',
			`${sanitiseLine(opened.file)} cannot be rehearsed: no lab.yaml stands beside it.`,
			'Write one that names its topology and what each manual step does; see runbooks/vmware-host-clustering/lab.yaml.',
			2,
		);
	}

	const lab = readLabFile(file);
	requireHosts(opened, hosts, lab.hosts);
	const fault = faultOf(choice);
	const strikable = fault === undefined ? [] : hostsFor(fault.name, hosts, lab.topology);
	return {
		stateDir: stateFolder(process.env),
		runId,
		topology: lab.topology,
		start: lab.starts[basename(opened.file)] ?? lab.start,
		hands: lab.hands,
		speed: choice.speed,
		worldFile: worldFileOf(runFile),
		...(choice.world === undefined ? {} : {fromWorld: savedWorldOf(choice.world)}),
		...(fault === undefined ? {} : {fault: {...fault, hosts: strikable}}),
	};
}

/** Throws a UserError (status 2) with every problem of it. */
export function readLabFile(file: string): LabFile {
	const text = readText(file, 'lab file');
	const {lab, problems} = readLab(file, text);
	const errors = problems.filter(({severity}) => severity === 'error');
	if (lab === undefined || errors.length > 0) {
		throw new UserError(
			'lab-wrong',
			`${formatProblems(errors, text)}\nNothing was run.`,
			`Correct ${sanitiseLine(file)}.`,
			2,
		);
	}

	return lab;
}

function requireHosts({file}: OpenedFile, hosts: readonly HostName[], simulated: readonly string[]): void {
	const missing = hosts.filter(name => !simulated.includes(name));
	if (missing.length > 0) {
		throw new UserError(
			'no-lab-host',
			`${sanitiseLine(file)} cannot be rehearsed: its lab has no host ${missing.join(', ')}.`,
			`It has ${simulated.join(', ')}.`,
			2,
		);
	}
}

function savedWorldOf(runFile: string): string {
	const file = worldFileOf(runFile);
	if (!existsSync(file)) {
		throw new UserError(
			'no-world',
			`${runFile} has no world to begin with: it is no rehearsal, or its world was removed.`,
			'Leave --world out to begin with a fresh one.',
			2,
		);
	}

	return file;
}

/** Whom it can strike: one that strikes a host which the runbook does not touch, or of another platform, would be none. */
function hostsFor(fault: FaultName, hosts: readonly HostName[], choice: TopologyChoice): readonly string[] {
	const topology = topologyOf(choice);
	const platform = platformOf(fault);
	const found = (topology?.hosts ?? []).filter(
		name => hosts.includes(name) && (platform === undefined || topology?.platformOf(name) === platform),
	);
	if (found.length === 0) {
		throw new UserError(
			'no-host-for-fault',
			`--fault ${fault} strikes a host of platform ${platform}, and this runbook has none.`,
			'docs/lab.md says which platform each fault is for.',
			2,
		);
	}

	return found;
}

function faultOf({fault, seed}: LabChoice): {readonly name: FaultName; readonly seed: number} | undefined {
	if (fault === undefined) {
		return undefined;
	}

	const name = faultNames.find(known => known === fault);
	if (name === undefined) {
		throw new UserError(
			'unknown-fault',
			`--fault ${sanitiseLine(fault)} is not in the catalogue.`,
			`The faults are: ${faultNames.join(', ')}.`,
			2,
		);
	}

	return {name, seed: seed ?? 1};
}
