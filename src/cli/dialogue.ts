import type {StepGraph} from '../graph/graph.js';
import {nodeOf} from '../run/nodes.js';
import type {Request} from '../run/request.js';
import type {Question, RunState} from '../run/state.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import {readAttached} from '../ui/attached-file.js';
import {hostWord} from '../view/names.js';
import {type Choice, evidenceChoice, lettered, questionView, requestsOf} from '../view/question.js';
import type {LineInput} from './line-input.js';

/** What a person answers a question with: requests for the run, or that he leaves it for now. */
export type Said = {readonly kind: 'requests'; readonly requests: readonly Request[]} | {readonly kind: 'leave'};

type Asking = {
	readonly graph: StepGraph;
	readonly state: RunState;
	readonly question: Question;
	readonly input: LineInput;
	/** Aborted: nobody needs the answer any more. */
	readonly signal: AbortSignal;
	readonly timeZone: string | undefined;
};

/**
Asks for one of the answers that a question has, by its letter, and for what the answer needs: a reason, names, a value.

Enter alone is the answer that is safe, where there is one. Undefined: the answer is not needed any more.
*/
export async function askPerson(asking: Asking): Promise<Said | undefined> {
	const {graph, state, question, input, signal, timeZone} = asking;
	const beside = evidenceChoice(graph, state, question);
	const choices = lettered([
		...questionView(graph, state, question, timeZone).choices,
		...(beside === undefined ? [] : [beside]),
	]);
	await input.print(menu(choices));
	for (;;) {
		const line = await input.read('> ', {hidden: false, signal});
		if (signal.aborted) {
			return undefined;
		}

		const letter = line?.trim();
		if (letter === undefined || letter === 'q') {
			return {kind: 'leave'};
		}

		const chosen = choices.find(choice => choice.letter === (letter === '' ? 'enter' : letter));
		if (chosen === undefined) {
			await input.print(
				`    ${letter === '' ? 'Nothing is done by Enter alone here.' : 'That is none of these:'}\n${menu(choices)}`,
			);
		} else if (chosen.choice.unless !== '') {
			await input.print(`    Not now: ${sanitiseLine(chosen.choice.unless)}`);
		} else {
			const requests = await filled(asking, chosen.choice);
			if (requests !== undefined) {
				return {kind: 'requests', requests};
			}
		}
	}
}

function menu(choices: ReturnType<typeof lettered>): string {
	const rows = choices
		.filter(({choice}) => choice.unless === '')
		.map(({letter, choice}) => `    ${letter === 'enter' ? 'Enter' : letter}: ${choice.does}`);
	return [...rows, '    q: pause the run and leave'].join('\n');
}

/** The requests with what they ask for; undefined: the person left a field empty that must not be, or it is not needed. */
async function filled(asking: Asking, choice: Choice): Promise<readonly Request[] | undefined> {
	const ask = async (prompt: string) =>
		(await asking.input.read(prompt, {hidden: false, signal: asking.signal}))?.trim();
	const requests = requestsOf(choice);
	switch (choice.asks) {
		case 'nothing':
			return requests;
		case 'reason': {
			const reason = await ask('Reason: ');
			return reason === undefined || reason === ''
				? undefined
				: requests.map(request => ('reason' in request ? {...request, reason} : request));
		}

		case 'note': {
			const note = (await ask('Note: ')) ?? '';
			return requests.map(request => (request.kind === 'answer' ? {...request, note} : request));
		}

		case 'value': {
			const value = await ask(`${valueName(asking)}: `);
			return value === undefined || value === ''
				? undefined
				: requests.map(request => (request.kind === 'answer' ? {...request, value} : request));
		}

		case 'names': {
			const typed: string[] = [];
			for (const {prompt} of questionView(asking.graph, asking.state, asking.question, asking.timeZone).typed) {
				typed.push((await ask(`${prompt}: `)) ?? '');
			}

			return typed.some(name => name === '')
				? undefined
				: requests.map(request => (request.kind === 'pass-gate' ? {...request, typed} : request));
		}

		case 'host': {
			const hosts = [...asking.state.hosts.keys()];
			const host = await ask(`Host (${hosts.map(hostWord).join(', ')}): `);
			return host === undefined || !hosts.includes(host)
				? undefined
				: requests.map(request => (request.kind === 'choose-host' ? {...request, host} : request));
		}

		case 'text': {
			const text = await ask('Text, or @ and the path of a file: ');
			if (text === undefined || text === '') {
				return undefined;
			}

			const file = text.startsWith('@') ? await attached(text.slice(1), asking.input) : null;
			return file === undefined
				? undefined
				: requests.map(request =>
						request.kind === 'evidence' ? {...request, file, text: file === null ? text : ''} : request,
					);
		}
	}
}

function valueName({graph, question}: Asking): string {
	const step = 'step' in question ? nodeOf(graph, question.step)?.step : undefined;
	return sanitiseLine(step?.captures?.name ?? 'Value');
}

/** > @photos/rack.jpg      undefined, and the person is told, if there is no such file */
async function attached(path: string, input: LineInput): Promise<Awaited<ReturnType<typeof readAttached>> | undefined> {
	try {
		return await readAttached(path);
	} catch (error) {
		if (error instanceof UserError) {
			await input.print(`    ${sanitiseLine(error.message)}`);
			return undefined;
		}

		throw error;
	}
}
