import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {Client, type ClientChannel} from 'ssh2';
import {ControlClient} from '../../src/lab/control/control-client.js';
import {placesIn} from '../../src/lab/control/place.js';
import {type FaultName, planFault} from '../../src/lab/faults.js';
import {startInTerminal, type TerminalProgram} from '../terminal.js';
import {type Fieldbook, root} from './fieldbook.js';

/** A rehearsal with an engineer at its terminal, line by line, and his hands in the machine room. */
export type Rehearsal = {
	/** Resolves with what was printed since the last answer, once it asks for one. */
	asked(): Promise<string>;
	/**
	Goes on as the page describes it: begins, passes its gates, lets the lab do what is by hand. Resolves with what was printed where
	something else is asked.
	*/
	asDescribed(): Promise<string>;
	/** Types an answer, and what it asks for: one line each. */
	answer(...lines: readonly string[]): void;
	/** In the words of `lab.yaml`, in the room of this rehearsal. */
	inTheRoom(...deeds: readonly string[]): Promise<void>;
	/** What is to be seen of a host or a cluster of this rehearsal. */
	look(name: string): Promise<string>;
	/** Logs in to a host of this rehearsal, beside the run, and runs a command to its end; both its outputs. */
	at(host: string, command: string): Promise<string>;
	/** Lets world time pass, as it does while somebody waits in front of a host. */
	pass(seconds: number): Promise<void>;
	readonly exited: TerminalProgram['exited'];
	/** All that was printed. */
	printed(): string;
	/** What its hosts said in a step: `fieldbook log`. */
	said(step: string): Promise<string>;
	/** How long a step took, of world time: `fieldbook show`. */
	seconds(step: string): Promise<number>;
};

type Shown = {readonly steps: ReadonlyArray<{readonly id: string; readonly seconds: number | null}>};

/** The runbook, its sheet and its lab, each as text, in a folder of their own. */
export type Pages = {readonly book: string; readonly site: string; readonly lab: string};

/** Writes the pages and returns the path of the runbook. */
export function writePages({folder}: Fieldbook, name: string, {book, site, lab}: Pages): string {
	const own = join(folder, name);
	mkdirSync(own);
	writeFileSync(join(own, 'site.yaml'), site);
	writeFileSync(join(own, 'lab.yaml'), lab);
	writeFileSync(join(own, 'book.md'), book);
	return join(own, 'book.md');
}

/** Rehearses at full pace. With `--yes` the lab's hands do what they can, and only what a person has to say is asked. */
export function rehearse(fieldbook: Fieldbook, book: string, words: readonly string[] = ['--yes']): Rehearsal {
	return atTerminal(fieldbook, ['rehearse', book, '--run-file', runOf(book), '--pace', 'auto', ...words], runOf(book));
}

/** Goes on with the paused rehearsal of a book. */
export function resume(fieldbook: Fieldbook, book: string, words: readonly string[] = ['--yes']): Rehearsal {
	return atTerminal(fieldbook, ['resume', runOf(book), ...words], runOf(book));
}

/** What somebody answers who does what the page says; undefined: it does not say. */
function asPageSays(question: string): readonly string[] | undefined {
	if (question.includes('Enter: begin') || question.includes('Enter: let the lab do it')) {
		return [''];
	}
	if (question.includes('y: yes, go on')) {
		return ['y'];
	}
	const names = [...question.matchAll(/^ +\S+ is \S+ and calls itself (\S+)/gm)].map(([, name = '']) => name);
	return question.includes('Enter: yes, go on') ? ['', ...names] : undefined;
}

function runOf(book: string): string {
	return `${book.replace(/\.md$/, '')}.fieldbook`;
}

function atTerminal(fieldbook: Fieldbook, words: readonly string[], run: string): Rehearsal {
	const program = startInTerminal([process.execPath, join(root, 'bin/fieldbook.js'), ...words], {
		columns: 200,
		rows: 50,
		env: {...fieldbook.env, NO_COLOR: undefined, TERM: 'dumb'},
		cwd: fieldbook.folder,
	});
	let heard = 0;
	const isAsking = () => /> $/.test(program.received().slice(heard));
	// Minutes of the world take longer on a machine under load than a terminal is waited for
	const asked = async () => {
		await program
			.waitFor(isAsking)
			.catch(() => program.waitFor(isAsking))
			.catch(() => program.waitFor(isAsking));
		return program.received().slice(heard);
	};
	const answer = (...lines: readonly string[]) => {
		heard = program.received().length;
		program.press(...lines.flatMap(line => [line, 'Enter']));
	};
	return {
		asked,
		answer,
		async asDescribed() {
			for (;;) {
				const text = await asked();
				const said = asPageSays(text);
				if (said === undefined) {
					return text;
				}
				answer(...said);
			}
		},
		async inTheRoom(...deeds) {
			await inRoomOf(fieldbook, run, async room => {
				for (const deed of deeds) {
					await room.perform(deed.split(' '));
				}
			});
		},
		look: name => inRoomOf(fieldbook, run, room => room.perform(['look', name])),
		at: (host, command) => inRoomOf(fieldbook, run, room => logIn(room, host, command)),
		pass: seconds => inRoomOf(fieldbook, run, room => room.clock.sleep(seconds * 1000)),
		exited: program.exited,
		printed: () => program.received(),
		said: async step => (await fieldbook.run('log', run, '--step', step)).out,
		seconds: async step => {
			const shown: Shown = JSON.parse((await fieldbook.run('show', run, '--json')).out);
			return shown.steps.find(({id}) => id === step)?.seconds ?? Number.NaN;
		},
	};
}

/** The first seed with which a fault strikes this host of those that it can strike; others of the platform come behind it. */
export function seedFor(fault: FaultName, host: string, hosts: readonly string[]): readonly string[] {
	const seeds = Array.from({length: 100}, (_, seed) => seed);
	const seed = seeds.find(each => planFault(fault, each, hosts).host === host);
	return ['--fault', fault, '--seed', String(seed)];
}

/** In the lab that keeps its world beside the run. */
async function inRoomOf<T>({env}: Fieldbook, run: string, act: (room: ControlClient) => Promise<T>): Promise<T> {
	for (const place of placesIn(env['FIELDBOOK_HOME'] ?? '')) {
		const room = await ControlClient.connect(place.control);
		if ((await room?.hello())?.worldFile === run.replace(/\.fieldbook$/, '.world.json') && room !== undefined) {
			return act(room).finally(() => room.close());
		}
		room?.close();
	}
	throw new Error(`No lab of ${run} is running.`);
}

async function logIn(room: ControlClient, name: string, command: string): Promise<string> {
	const host = (await room.hello()).hosts.find(each => each.name === name);
	const client = new Client();
	client.on('keyboard-interactive', (_name, _text, _language, _prompts, finish) => finish([host?.password ?? '']));
	const ready = once(client, 'ready');
	client.connect({
		host: host?.address ?? '',
		port: host?.port ?? 0,
		username: host?.user ?? '',
		password: host?.password ?? '',
		tryKeyboard: true,
	});
	await ready;
	const channel = await promisify<string, ClientChannel>((line, done) => client.exec(line, done))(command);
	let out = '';
	for (const stream of [channel, channel.stderr]) {
		stream.on('data', (bytes: Buffer) => {
			out += bytes.toString();
		});
	}
	await once(channel, 'close');
	client.end();
	return out;
}
