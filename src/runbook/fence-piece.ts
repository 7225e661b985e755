import type {Fence} from '../document/document.js';
import {type Annotation, annotate, checkNothingFollows, wordsOf} from './annotation.js';
import type {Compiling} from './compiling.js';
import type {Context, Shell} from './runbook.js';
import {listingOf} from './shown.js';
import {isWordName, type Subject} from './vocabulary.js';
import type {Word} from './words.js';

/** What a fence is to a runbook. */
export type FencePiece =
	| {
			readonly kind: 'script';
			readonly subject: 'script' | 'wait' | 'probe';
			readonly shell: Shell;
			readonly fence: Fence;
			readonly annotation: Annotation;
	  }
	| {readonly kind: 'inline-file'; readonly fence: Fence; readonly annotation: Annotation}
	| {
			readonly kind: 'satellite';
			readonly which: 'check' | 'verify' | 'undo';
			readonly shell: Shell;
			readonly fence: Fence;
			readonly annotation: Annotation;
			readonly inDetails: boolean;
	  }
	| {readonly kind: 'expect'; readonly fence: Fence}
	| {readonly kind: 'context'; readonly context: Context; readonly text: string; readonly isProse: boolean};

/** Where a fence stands: openly, in `<details>` for undoing, or in other `<details>`. */
type Stand = 'open' | 'undo' | 'details';

export function readFencePiece(fence: Fence, compiling: Compiling, stand: Stand = 'open'): FencePiece {
	const {problems} = compiling;
	if (fence.quoted || !fence.fenced) {
		refuseHiddenFence(fence, 'in a quote', compiling);
		return listing(fence);
	}

	const words = wordsOfFence(fence, compiling);
	if (words === undefined) {
		return listing(fence);
	}

	checkNothingFollows(fence.comments, problems);
	const subject = subjectOf(fence, words, compiling);
	const annotation = annotate(words, subject, fence.at, problems);
	switch (subject) {
		case 'check':
		case 'verify':
		case 'undo':
			return satellite(fence, subject, annotation, stand, compiling);
		case 'expect':
			return expected(fence, compiling);
		case 'file':
			checkOpen(fence, stand, compiling);
			return {kind: 'inline-file', fence, annotation};
		case 'script':
		case 'wait':
		case 'probe': {
			checkOpen(fence, stand, compiling);
			const shell = shellOf(fence.language);
			return shell === undefined ? listing(fence) : {kind: 'script', subject, shell, fence, annotation};
		}
		default:
			return listing(fence);
	}
}

/** Nested in an item or a quote a fence is only looked at, so nothing on it may say that it runs. */
export function refuseHiddenFence(fence: Fence, where: string, compiling: Compiling): void {
	const words = wordsOfFence(fence, compiling) ?? [];
	const [first] = words.filter(({name}) => name !== 'show');
	if (first !== undefined) {
		compiling.problems.error(
			'hidden-step',
			first.at,
			`\`${first.name}\` makes no step ${where}: what stands there never runs.`,
			'Move the fence out to the left margin, or write `show` alone.',
		);
	}
}

/** A script among plain list items reads as something to be done, but nothing would do it. */
export function refuseLostScript(fence: Fence, isTask: boolean, {problems}: Compiling): void {
	const shows = /(?:^|\s)show(?:\s|$)/.test(fence.info);
	if (!isTask && fence.fenced && !shows && shellOf(fence.language) !== undefined) {
		const help = 'Move the fence out to the left margin to run it, or write `show` to show it.';
		problems.error('hidden-step', fence.at, 'A script in a list item never runs.', help);
	}
}

/** `undefined`: the first word is no language but one of ours. */
function wordsOfFence(
	{language, info, infoAt, at, comments}: Fence,
	{problems}: Compiling,
): readonly Word[] | undefined {
	const name = /^[^=]*/.exec(language)?.[0] ?? '';
	if (language.includes('=') || (isWordName(name) && !['text', 'file'].includes(name))) {
		problems.error(
			'no-language',
			at,
			`The language is missing before \`${language}\`.`,
			'Write it first, such as ```sh on=esxi.',
		);
		return undefined;
	}

	return wordsOf({text: info, at: infoAt}, comments, problems);
}

function subjectOf({language, at}: Fence, words: readonly Word[], {problems}: Compiling): Subject {
	const has = (name: string) => words.some(word => word.name === name);
	if (has('show')) {
		return 'listing';
	}

	const marks = (['check', 'verify', 'undo', 'expect'] as const).filter(has);
	const [mark] = marks;
	if (mark !== undefined) {
		return mark;
	}

	if (has('file')) {
		return 'file';
	}

	if (shellOf(language) !== undefined) {
		return has('wait') ? 'wait' : has('probe') ? 'probe' : 'script';
	}

	const meant = likeShells.get(language.toLowerCase());
	const [first] = words;
	if (meant !== undefined) {
		problems.error(
			'unknown-shell',
			at,
			`Nothing runs \`${language}\` here.`,
			`Write \`${meant}\` to run it, or \`show\` to show it.`,
		);
		return 'script';
	}

	if (first !== undefined) {
		problems.error(
			'unknown-shell',
			first.at,
			`A fence in \`${language}\` cannot be a script.`,
			'Scripts are sh, bash or powershell; anything else is put on a host with `file=`.',
		);
		return 'script';
	}

	return 'listing';
}

function satellite(
	fence: Fence,
	which: 'check' | 'verify' | 'undo',
	annotation: Annotation,
	stand: Stand,
	{problems}: Compiling,
): FencePiece {
	const shell = shellOf(fence.language);
	if (shell === undefined) {
		problems.error(
			'unknown-shell',
			fence.at,
			`A \`${which}\` is a script in sh, bash or powershell, not in \`${fence.language}\`.`,
		);
	}

	if (which === 'undo' && stand !== 'undo') {
		problems.error(
			'open-undo',
			annotation.place('undo'),
			'An undo stands openly, where somebody may paste it in passing.',
			'Put it between <details><summary>Undo</summary> and </details>.',
		);
	} else if (which !== 'undo' && stand !== 'open') {
		problems.error('hidden-step', fence.at, `A \`${which}\` must not hide in <details>.`, 'Move it out of <details>.');
	}

	return {kind: 'satellite', which, shell: shell ?? 'sh', fence, annotation, inDetails: stand !== 'open'};
}

function expected(fence: Fence, {problems}: Compiling): FencePiece {
	if (shellOf(fence.language) !== undefined) {
		problems.error('unknown-shell', fence.at, 'Expected lines are text, not a script.', 'Write ```text expect.');
	}

	if (fence.code.trim() === '') {
		problems.error(
			'empty-expect',
			fence.at,
			'Nothing is expected here.',
			'Write the lines that must appear in the output.',
		);
	}

	return {kind: 'expect', fence};
}

function checkOpen({at}: Fence, stand: Stand, {problems}: Compiling): void {
	if (stand !== 'open') {
		problems.error(
			'hidden-step',
			at,
			'What is to be done must not hide in <details>.',
			'Move it out of <details>, or write `show`.',
		);
	}
}

function listing({language, code, at}: Fence): FencePiece {
	return {kind: 'context', context: listingOf(language, code, at), text: '', isProse: false};
}

function shellOf(language: string): Shell | undefined {
	switch (language) {
		case 'sh':
		case 'bash':
		case 'powershell':
			return language;
		default:
			return undefined;
	}
}

/** What people write for our three. Passing them over in silence would leave a step out. */
const likeShells: ReadonlyMap<string, Shell> = new Map([
	['shell', 'sh'],
	['ash', 'sh'],
	['dash', 'sh'],
	['busybox', 'sh'],
	['sh', 'sh'],
	['bash', 'bash'],
	['powershell', 'powershell'],
	['pwsh', 'powershell'],
	['posh', 'powershell'],
	['ps1', 'powershell'],
]);
