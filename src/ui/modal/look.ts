import {hostWord, onHosts} from '../../view/names.js';
import {phaseTitleOf, titleById} from '../../view/titles.js';
import type {Frame} from '../frame.js';
import {allKeys, focusedKeys} from '../key-table.js';
import {type Line, span} from '../line.js';
import type {Model} from '../model.js';
import {hostsToCompare} from '../run/difference.js';
import {hostsAt} from '../run/outline.js';
import {hostsMeant, type RunScreen, shownHost} from '../run/run-screen.js';
import type {Theme} from '../theme.js';
import {typingIn} from '../typing.js';
import {windowOf} from '../window.js';
import {boxed, type Content, contentColumns, contentRows} from './box.js';
import {textLines, withField} from './field.js';
import {helpLines} from './help.js';
import {paces} from './keys.js';
import type {Modal, Prompt, ReasonedRequest, ReasonModal} from './modal.js';
import {questionContent} from './question-look.js';

/** The modal over everything: what it says, the text that is typed into it, its keys. */
export function modalLook(modal: Modal, model: Model, theme: Theme): Frame {
	const [keys = {title: '', keys: []}] = focusedKeys(model);
	// A question's choices are listed with it; its foot has the way out.
	const foot = modal.kind === 'question' ? {...keys, keys: keys.keys.slice(-1)} : keys;
	return boxed(contentOf(modal, model, theme), foot, model.size, theme);
}

function contentOf(modal: Modal, model: Model, theme: Theme): Content {
	const columns = contentColumns(model.size);
	const typing = typingIn(model);
	const {screen} = model;
	switch (modal.kind) {
		case 'help':
			return {...said('Keys', 'plain', helpLines(allKeys(model), columns, theme.marks)), top: modal.top};
		case 'message':
			return said(modal.title, 'bad', textLines(modal.text, columns));
		case 'open-file':
			return withField(
				{title: 'Open a file', lines: [], asks: [[span('The path of a Markdown file:')]]},
				typing,
				columns,
				theme,
			);
		case 'secret': {
			const again = modal.isAgain ? [[span('The last answer was not taken.', 'bad')]] : [];
			const asks = [...again, ...textLines(modal.prompt.text, columns)];
			return withField({title: secretTitle(modal.prompt), lines: [], asks}, typing, columns, theme);
		}
		case 'note': {
			const about =
				screen.kind === 'run' && modal.step !== '' ? titleById(screen.open.graph, screen.state, modal.step) : 'the run';
			return withField({title: 'Note', lines: [], asks: textLines(`About ${about}:`, columns)}, typing, columns, theme);
		}
		case 'evidence': {
			const about =
				screen.kind === 'run' ? titleById(screen.open.graph, screen.state, modal.request.step) : modal.request.step;
			const asks = textLines(`${modal.request.evidence} of ${about}:`, columns);
			return withField({title: 'Evidence', lines: [], asks}, typing, columns, theme);
		}
		case 'reason':
			return reasonContent(modal, model, columns, theme);
		case 'pace':
			return paceContent(modal.chosen, theme);
		case 'difference':
			return screen.kind === 'run' ? differenceContent(modal.chosen, screen, model, theme) : nothing;
		case 'interrupt':
		case 'leave':
			return screen.kind === 'run' ? stopContent(modal, screen, columns) : nothing;
		case 'question':
		case 'danger':
		case 'choose-host':
		case 'manual':
			return screen.kind === 'run' ? questionContent(modal, model, screen, typing, columns, theme) : nothing;
	}
}

function said(title: string, role: Content['role'], lines: readonly Line[]): Content {
	return {title, role, lines, answer: [], cursor: undefined};
}

const nothing = said('', 'plain', []);

/** A host asks for what lets us in; everything else is a value of the runbook's. */
function secretTitle({name, host}: Prompt): string {
	const isLogin = ['password', 'passphrase', 'answer'].includes(name);
	return host === '' ? 'A secret is wanted' : isLogin ? `${hostWord(host)} asks` : `A secret for ${hostWord(host)}`;
}

/** Says on which hosts it would hold, as the run would have it. */
function reasonContent({requests, problem}: ReasonModal, model: Model, columns: number, theme: Theme): Content {
	const {screen} = model;
	const [first] = requests;
	const title = screen.kind === 'run' ? titleAskedAbout(screen, first) : '';
	const on = screen.kind === 'run' ? onHosts(requests.flatMap(request => hostsMeant(screen, request))) : '';
	const lines = textLines(`${title}${on}`, columns);
	const asks = [[span('Why? It stands in the report.')]];
	return withField({title: verbOf(first), lines, asks, problem}, typingIn(model), columns, theme);
}

function titleAskedAbout({open, state}: RunScreen, request: ReasonedRequest): string {
	return request.kind === 'give-up'
		? phaseTitleOf(open.graph, state, request.phase)
		: titleById(open.graph, state, request.step);
}

function verbOf(request: ReasonedRequest): string {
	switch (request.kind) {
		case 'skip':
			return 'Skip';
		case 'mark':
			return `Mark ${request.as}`;
		case 'give-up':
			return 'Give up';
	}
}

/** As much of the list of hosts as fits, with what each of them is at. */
function differenceContent(chosen: number, screen: RunScreen, {size}: Model, theme: Theme): Content {
	const shown = shownHost(screen, screen.chosen);
	const rows = screen.chosen === undefined ? [] : hostsAt(screen, screen.chosen);
	const hosts = hostsToCompare(screen).flatMap(host => rows.filter(row => row.host === host));
	const wanted = hosts[chosen];
	const answer = windowOf(hosts, chosen, contentRows(size) - 2).map(
		(row): Line => [
			span(row === wanted ? `${theme.marks.pointer} ` : '  ', 'pointer'),
			span(`${theme.glyphs[row.look.glyph]} `, row.look.tone),
			span(row.name, row === wanted ? 'chosen' : 'plain'),
			span(`  ${row.look.word}`, 'quiet'),
		],
	);
	return {...said(`Compare ${hostWord(shown ?? '')} with`, 'plain', []), answer};
}

const paceWords = {
	step: 'each step is shown, Enter runs it',
	phase: 'stops at the end of each phase',
	auto: 'stops only for people, gates and failures',
};

function paceContent(chosen: keyof typeof paceWords, theme: Theme): Content {
	const answer = paces.map(pace => [
		span(pace === chosen ? `${theme.marks.pointer} ` : '  ', 'pointer'),
		span(pace.padEnd(8), pace === chosen ? 'chosen' : 'plain'),
		span(`  ${paceWords[pace]}`, 'quiet'),
	]);
	return {...said('Pace', 'plain', []), answer};
}

function stopContent(
	modal: Extract<Modal, {kind: 'interrupt' | 'leave'}>,
	{open, state}: RunScreen,
	columns: number,
): Content {
	if (modal.kind === 'interrupt') {
		const text = [
			`${titleById(open.graph, state, modal.step)} is running.`,
			'',
			'Interrupting ends its process group on the host. What it has done so far stays done; the step counts as failed, or as unknown if the host does not confirm the end.',
			'',
			'Ctrl-C again leaves the screen without interrupting it. Whether it then goes on or ends with the connection is looked up when the run is resumed.',
		].join('\n');
		return said('Interrupt?', 'doubt', textLines(text, columns));
	}
	const text = [
		'Something is under way.',
		'',
		'Pausing lets it end and begins nothing new.',
		'Leaving now closes the connection: it may go on there, or end. What came of it is looked up when the run is resumed.',
	].join('\n');
	return said('Leave the run?', 'plain', textLines(text, columns));
}
