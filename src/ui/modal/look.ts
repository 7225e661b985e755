import {nodeOf, progressOf} from '../../run/nodes.js';
import {wrapToWidth} from '../../text/width.js';
import {counted, hostWord, onHosts} from '../../view/names.js';
import {phaseTitleOf, titleById} from '../../view/titles.js';
import type {Frame} from '../frame.js';
import {allKeys, focusedKeys} from '../key-table.js';
import {emptyLine, type Line, span} from '../line.js';
import type {Model} from '../model.js';
import {hostsToCompare} from '../run/difference.js';
import {hostsAt} from '../run/outline.js';
import {hostsMeant, type RunScreen, runningSteps, shownHost} from '../run/run-screen.js';
import type {Theme} from '../theme.js';
import {typingIn} from '../typing.js';
import {windowOf} from '../window.js';
import {boxed, type Content, contentColumns, contentRows, isLow} from './box.js';
import {editedContent} from './edited.js';
import {textLines, withField} from './field.js';
import {helpLines} from './help.js';
import {settings} from './keys.js';
import type {Modal, Prompt, ReasonedRequest, ReasonModal, UndoModal} from './modal.js';
import {questionContent} from './question-look.js';
import {undoLines} from './undo-look.js';

/** The modal over everything: what it says, the text that is typed into it, its keys. */
export function modalLook(modal: Modal, model: Model, theme: Theme): Frame {
	const [keys = {title: '', keys: []}] = focusedKeys(model);
	// A question's choices are listed with it; its foot has the way out.
	const listsKeys = modal.kind === 'question' || modal.kind === 'stop';
	const foot = listsKeys ? {...keys, keys: keys.keys.slice(-1)} : keys;
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
			const refused = modal.isAgain ? [[span('The last answer was not taken.', 'bad')]] : [];
			const again = modal.prompt.again ? textLines(givenBefore, columns) : [];
			const asks = [...refused, ...again, ...textLines(modal.prompt.text, columns)];
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
			const {request, pasted} = modal;
			const on = screen.kind === 'run' ? onHosts(hostsMeant(screen, request)) : '';
			const what = request.evidence === undefined ? '' : `${request.evidence}: `;
			const lines = textLines(`${what}${about}${on}`, columns).map(strong);
			const asks =
				pasted === '' ? evidenceAsks : `${counted(pasted.split('\n').length, 'line')} pasted; more about them:`;
			return withField(
				{
					title: 'Evidence',
					lines,
					asks: textLines(asks, columns).map(line => line.map(({text}) => span(text, 'quiet'))),
				},
				typing,
				columns,
				theme,
			);
		}
		case 'reason':
			return reasonContent(modal, model, columns, theme);
		case 'settings':
			return screen.kind === 'run' ? settingsContent(modal.chosen, screen, theme) : nothing;
		case 'difference':
			return screen.kind === 'run' ? differenceContent(modal.chosen, screen, model, theme) : nothing;
		case 'interrupt':
			return screen.kind === 'run' ? interruptContent(modal, screen, columns) : nothing;
		case 'stop':
			return screen.kind === 'run' ? stopContent(model, screen, columns, theme) : nothing;
		case 'edited':
			return editedContent(modal, model);
		case 'undo':
			return screen.kind === 'run' ? undoContent(modal, screen, columns) : nothing;
		case 'question':
		case 'danger':
		case 'choose-host':
		case 'manual':
			return screen.kind === 'run' ? questionContent(modal, model, screen, typing, columns, theme) : nothing;
	}
}

const evidenceAsks = 'Text, or @ and the path of a file, which the run file then keeps:';

function strong(line: Line): Line {
	return line.map(({text}) => span(text, 'strong'));
}

function said(title: string, role: Content['role'], lines: readonly Line[]): Content {
	return {title, role, lines, answer: [], cursor: undefined};
}

const nothing = said('', 'plain', []);

const givenBefore =
	'It was given before the run was opened again, and hosts may print it. Without it, it stays in what they print, and steps that need it fail.';

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

function settingsContent(chosen: (typeof settings)[number], screen: RunScreen, theme: Theme): Content {
	const {state, goesAlong} = screen;
	const answer = settings.map((setting): Line => {
		const isChosen = setting === chosen;
		const isSet = setting === 'goes-along' ? goesAlong : setting === state.pace;
		const name = setting === 'goes-along' ? 'go along' : `pace ${setting}`;
		const words = setting === 'goes-along' ? 'the outline stays where the run is' : paceWords[setting];
		return [
			span(isChosen ? `${theme.marks.pointer} ` : '  ', 'pointer'),
			span(isSet ? `${theme.glyphs.done} ` : '  ', 'good'),
			span(name.padEnd(12), isChosen ? 'chosen' : 'plain'),
			span(`  ${words}`, 'quiet'),
		];
	});
	return {...said('Run settings', 'plain', []), answer};
}

function interruptContent(
	{step, host}: Extract<Modal, {kind: 'interrupt'}>,
	{open, state}: RunScreen,
	columns: number,
): Content {
	const on = host === undefined ? '' : ` on ${hostWord(host)}`;
	const text = [
		`${titleById(open.graph, state, step)}${on} is running.`,
		'',
		'Interrupting ends its process group on the host. What it has done so far stays done; the step counts as failed, or as unknown if the host does not confirm the end.',
	].join('\n');
	return said('Interrupt?', 'doubt', textLines(text, columns));
}

/** What is under way, and what each way to stop makes of it. */
function stopContent(model: Model, screen: RunScreen, columns: number, theme: Theme): Content {
	const answer = stopChoices.flatMap(({stroke, does, means}): readonly Line[] => [
		[span(` ${stroke}  `, 'key'), span(does)],
		...(means === '' ? [] : wrapToWidth(means, columns - 4).map((text): Line => [span('    '), span(text, 'quiet')])),
	]);
	const gap = isLow(model.size) ? [] : [emptyLine];
	return {...said('Stop?', 'doubt', underWayLines(screen, columns, theme)), answer: [...gap, ...answer]};
}

const stopChoices = [
	{stroke: 'p', does: 'pause', means: 'Nothing new begins; what is under way ends by itself.'},
	{stroke: 'w', does: 'pause, and leave when it has ended', means: ''},
	{
		stroke: 'i',
		does: 'interrupt it now',
		means: 'Its processes on the host are ended. What it has done stays; it counts as failed, or as unknown.',
	},
	{
		stroke: 'l',
		does: 'leave now, as ^C once more does',
		means: 'The connection is closed: it goes on there, or ends. Resuming the run looks up what came of it.',
	},
] as const;

/** Of more steps than this the first ones are named. */
const mostNamed = 5;

function underWayLines(screen: RunScreen, columns: number, {glyphs}: Theme): readonly Line[] {
	const {open, state} = screen;
	const steps = runningSteps(screen);
	if (steps.length === 0) {
		return [[span('Nothing is under way any more.')]];
	}
	const lines = steps.slice(0, mostNamed).flatMap((step): readonly Line[] => {
		const rows = hostsAt(screen, step).filter(({status}) => status === 'running');
		const node = nodeOf(open.graph, step);
		const own = rows.flatMap(({host}) => (node === undefined ? [] : [progressOf(state, node, host)]));
		const [first] = rows;
		const words = `${titleById(open.graph, state, step)}${onHosts(rows.map(({host}) => host))}`;
		const means = own.some(({part, sent}) => part === 'run' && sent?.trace?.kind === 'job')
			? 'it is left to its host, and is found there again'
			: own.some(({changes}) => changes)
				? 'it changes the host'
				: 'it changes nothing and simply begins again';
		return [
			...wrapToWidth(words, columns - 2).map(
				(text, index): Line => [span(index === 0 ? `${glyphs.running} ` : '  ', 'busy'), span(text, 'strong')],
			),
			...wrapToWidth(`${first?.note ?? 'running'}; ${means}`, columns - 2).map(
				(text): Line => [span('  '), span(text, 'quiet')],
			),
		];
	});
	const more = steps.length - mostNamed;
	return more > 0 ? [...lines, [span(`  and ${counted(more, 'step')} more`, 'quiet')]] : lines;
}

function undoContent(modal: UndoModal, screen: RunScreen, columns: number): Content {
	return {...said('Undo?', 'doubt', undoLines(screen, modal.request, columns)), top: modal.top, answer: []};
}
