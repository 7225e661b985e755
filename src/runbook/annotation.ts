import type * as z from 'zod';
import type {Comment} from '../document/document.js';
import type {Place} from '../document/problem.js';
import {type ProblemList, suggestion} from './problem-list.js';
import {isWordName, ruleOf, type Subject, subjectNames, type WordName, WordValues, wordNames} from './vocabulary.js';
import {readWords, type Word} from './words.js';

/** The words written on one thing, checked: those that it may not have or whose value is wrong are not there. */
export type Annotation = {
	/** Where the first word stands; where there is none, the thing itself. */
	readonly at: Place;
	readonly values: Readonly<z.output<typeof WordValues>>;
	/** Where a word stands. */
	place(name: WordName): Place;
	/** Where a word's value stands, without its quotes. */
	valuePlace(name: WordName): Place;
};

/** The words of an info string and of the comments of one thing, in order; faults of form are problems. */
export function wordsOf(
	info: {readonly text: string; readonly at: Place} | undefined,
	comments: readonly Comment[],
	problems: ProblemList,
): readonly Word[] {
	const texts = [...(info === undefined ? [] : [info]), ...comments];
	return texts.flatMap(({text, at}) => {
		const {words, faults} = readWords(text, at);
		for (const {at: place, message, help} of faults) {
			problems.error('bad-word', place, message, help);
		}

		return words;
	});
}

/** A comment that annotates must be the last thing on its line, or the reader of the source takes it for something else. */
export function checkNothingFollows(comments: readonly Comment[], problems: ProblemList): void {
	for (const {followedAt} of comments) {
		if (followedAt !== undefined) {
			problems.error(
				'text-behind-comment',
				followedAt,
				'Something stands behind a comment on its line.',
				'Move the comment to the end of the line.',
			);
		}
	}
}

/** Checks words against what they stand on. */
export function annotate(words: readonly Word[], subject: Subject, at: Place, problems: ProblemList): Annotation {
	const known = new Map<WordName, Word>();
	for (const word of words) {
		const {name} = word;
		if (!isWordName(name)) {
			problems.error(
				'unknown-word',
				word.at,
				`Unknown word \`${name}\` on ${subjectNames[subject]}.`,
				suggestWord(name, subject),
			);
		} else if (!ruleOf(name).on.includes(subject)) {
			problems.error(
				'misplaced-word',
				word.at,
				`\`${name}\` does not belong on ${subjectNames[subject]}.`,
				belongsOn(name),
			);
		} else if (known.has(name)) {
			problems.error(
				'duplicate-word',
				word.at,
				`\`${name}\` stands here twice.`,
				`It is already on line ${known.get(name)?.at.line}.`,
			);
		} else if (hasItsForm(name, word, subject, problems)) {
			known.set(name, word);
		}
	}

	for (const [name, word] of known) {
		const wanted = subject === 'gate' ? [] : (ruleOf(name).with ?? []);
		if (wanted.length > 0 && !wanted.some(other => isWordName(other) && known.has(other))) {
			problems.error(
				'missing-word',
				word.at,
				`\`${name}\` says nothing without ${wanted.map(other => `\`${other}=\``).join(' or ')}.`,
			);
		}
	}

	return {
		at: words[0]?.at ?? at,
		values: valuesOf(known, problems),
		place: name => known.get(name)?.at ?? at,
		valuePlace: name => known.get(name)?.valueAt ?? at,
	};
}

/** True if every word of the text is one of ours in its right form: then somebody meant to annotate something. */
export function readsAsWords(text: string): boolean {
	const {words, faults} = readWords(text, NOWHERE);
	return faults.length === 0 && words.length > 0 && words.every(isOurs);
}

/** True if at least one word of the text is one of ours in its right form. */
export function holdsWords(text: string): boolean {
	return readWords(text, NOWHERE).words.some(isOurs);
}

const NOWHERE: Place = {line: 1, column: 1, length: 1};

function isOurs({name, value}: Word): boolean {
	const form = isWordName(name) ? ruleOf(name).form : undefined;
	return form === 'both' || form === (value === undefined ? 'word' : 'key');
}

function valuesOf(known: ReadonlyMap<WordName, Word>, problems: ProblemList): z.output<typeof WordValues> {
	const raw = Object.fromEntries([...known].map(([name, {value}]) => [name, value ?? true]));
	const result = WordValues.safeParse(raw);
	if (result.success) {
		return result.data;
	}

	const wrong = new Set<string>();
	for (const {path, message} of result.error.issues) {
		const name = String(path[0]);
		const word = isWordName(name) ? known.get(name) : undefined;
		if (word !== undefined && !wrong.has(name)) {
			wrong.add(name);
			problems.error('bad-value', word.at, `\`${name}=${word.value ?? ''}\` cannot be used.`, message);
		}
	}

	return WordValues.parse(Object.fromEntries(Object.entries(raw).filter(([name]) => !wrong.has(name))));
}

function hasItsForm(name: WordName, {value, at}: Word, subject: Subject, problems: ProblemList): boolean {
	const {form} = ruleOf(name);
	const wanted = form === 'both' ? (subject === 'expect' ? 'word' : 'key') : form;
	if (wanted === 'word' && value !== undefined) {
		problems.error('bad-word', at, `\`${name}\` takes no value.`, `Write \`${name}\` alone.`);
		return false;
	}

	if (wanted === 'key' && value === undefined) {
		problems.error('bad-word', at, `\`${name}\` wants a value.`, `Write \`${name}=…\`.`);
		return false;
	}

	return true;
}

function suggestWord(name: string, subject: Subject): string {
	const fitting = wordNames.filter(word => isWordName(word) && ruleOf(word).on.includes(subject));
	const near = suggestion(name, fitting);
	return near.startsWith('Did')
		? near
		: suggestion(name, wordNames).startsWith('Did')
			? suggestion(name, wordNames)
			: `Words there: ${fitting.join(', ')}.`;
}

function belongsOn(name: WordName): string {
	const subjects = ruleOf(name).on.map(subject => subjectNames[subject]);
	return `It belongs on ${subjects.length > 1 ? `${subjects.slice(0, -1).join(', ')} or ` : ''}${subjects.at(-1) ?? ''}.`;
}
