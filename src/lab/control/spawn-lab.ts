import {spawn} from 'node:child_process';
import {closeSync, openSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import * as z from 'zod';
import {UserError} from '../../text/user-error.js';
import {ControlClient} from './control-client.js';
import type {LabConfig, LabPlace} from './place.js';

/** The bundle of `main.ts`, beside the bundle that this file is part of. */
const ownBundle = fileURLToPath(new URL('./lab.js', import.meta.url));

const patienceMs = 30_000;
const betweenLooksMs = 20;

/** Starts a lab's process, detached, and connects to it. Rejects with a UserError that tells what the lab said last. */
export async function startLab(place: LabPlace, config: LabConfig, entry = ownBundle): Promise<ControlClient> {
	writeFileSync(place.config, JSON.stringify(config), {mode: 0o600});
	const log = openSync(place.log, 'w', 0o600);
	const child = spawn(process.execPath, [entry, place.config], {detached: true, stdio: ['ignore', log, log]});
	closeSync(log);
	let ended = false;
	child.once('exit', () => {
		ended = true;
	});
	child.once('error', () => {
		ended = true;
	});
	child.unref();

	// Another process may start one for the same run: whoever serves the address first is ours too
	const giveUpAt = performance.now() + patienceMs;
	for (;;) {
		const client = await ControlClient.connect(place.control);
		if (client !== undefined) {
			return client;
		}
		if (ended || performance.now() > giveUpAt) {
			const said = lastLine(place.log);
			throw complaintIn(said) ?? new UserError('lab-start', `The lab did not start: ${said}`, `See ${place.log}.`, 1);
		}
		await new Promise(resolve => setTimeout(resolve, betweenLooksMs));
	}
}

/** What a lab says at its end that a person can put right. */
const Complaint = z.object({
	code: z.string(),
	message: z.string(),
	next: z.string(),
	status: z.union([z.literal(1), z.literal(2)]),
});

/** Undefined: the line is something else. */
function complaintIn(line: string): UserError | undefined {
	const read = Complaint.safeParse(parsed(line));
	if (!read.success) {
		return undefined;
	}

	const {code, message, next, status} = read.data;
	return new UserError(code, message, next, status);
}

function parsed(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}

function lastLine(file: string): string {
	const errors = readFileSync(file, 'utf8')
		.split('\n')
		.filter(line => /\w/.test(line) && !/^\s+at |^Node\.js/.test(line));
	return errors.at(-1)?.trim() ?? 'it said nothing.';
}
