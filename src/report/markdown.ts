import {hostsOf} from '../run/nodes.js';
import type {Context} from '../runbook/runbook.js';
import {sanitiseLine, sanitiseText} from '../text/sanitise.js';
import {counted, hostWord, onHosts} from '../view/names.js';
import {filler} from '../view/prose.js';
import {glyphs, lookOf, worstOf} from '../view/status.js';
import {countWords, summaryOf} from '../view/summary.js';
import {clockTime, dateAndTime, spokenDuration} from '../view/time.js';
import {phaseTitleOf} from '../view/titles.js';
import {testCountWords, testRows, verdictLook} from '../view/verdict.js';
import {evidenceOnce} from './evidence-once.js';
import type {ReportOptions} from './formats.js';
import {filledMarkdown, plainMarkdown} from './markdown-prose.js';
import type {RunRecord, StepOnHost, StepRecord, TestRecord} from './record.js';
import {outputLines, type RecordSource} from './source.js';
import {untitled, untitledText} from './untitled.js';
import {deviationWords, onOneLine, takenWords} from './words.js';

/** The document with its results in it, for GitHub: a table of tests first, then each step with what came of it on each host. */
export function* markdownReport(record: RunRecord, source: RecordSource, options: ReportOptions): Generator<string> {
	yield front(record, options);
	const byId = new Map(record.steps.map(step => [step.node.step.id, step]));
	for (const entry of record.outline) {
		switch (entry.kind) {
			case 'phase':
				yield `${hashes(entry.depth + 2)} ${plainMarkdown(phaseTitleOf(record.graph, record.state, entry.phase.id))}\n\n`;
				break;
			case 'step': {
				const step = byId.get(entry.node.step.id);
				if (step !== undefined) {
					yield* stepText(record, source, step, entry.depth + 2, options);
				}

				break;
			}

			case 'close':
				yield (record.closing[entry.phase.id] ?? [])
					.map(context => `${contextText(context, filler(record.graph, record.state, []))}\n\n`)
					.join('');
		}
	}

	yield `---\n\nHead hash of the run file after ${counted(record.proof.events, 'event')}: \`${record.proof.head}\`. \`fieldbook verify\` prints the same one if nothing in it was changed.\n`;
}

function front(record: RunRecord, {timeZone}: ReportOptions): string {
	const {state, tests, deviations, steps, people} = record;
	const {started} = state;
	const titles = new Map(steps.map(({id, title}) => [id, title]));
	const facts = [
		state.status === 'finished' ? 'finished' : 'not finished',
		testCountWords(testRows(record.graph, state)),
		countWords(summaryOf(record.graph, state, timeZone)),
	];
	return [
		`# ${plainMarkdown(record.title)}`,
		...(started?.mode === 'rehearsal'
			? ['> [!NOTE]\n> A rehearsal with simulated hosts. No real machine was touched.']
			: []),
		`**${facts.filter(Boolean).join(' · ')}**`,
		`From ${dateAndTime(record.startedAt, timeZone)} to ${dateAndTime(record.finishedAt || record.toldUntil, timeZone)} (${timeZone}), by ${plainMarkdown([...new Set(people.map(({by, device}) => `${by} on ${device}`))].join(', '))}.`,
		...(tests.length === 0 ? [] : [table(['Test', 'Verdict', 'Measured'], tests.map(testCells))]),
		...(deviations.length === 0
			? []
			: [
					`${hashes(2)} Deviations`,
					table(
						['When', 'What', 'Where', 'Host', 'By', 'Reason'],
						deviations.map(({at, kind, step, host, by, reason}) => [
							dateAndTime(at, timeZone),
							deviationWords(kind),
							titles.get(step) ?? step,
							hostWord(host),
							by,
							reason,
						]),
					),
				]),
		'',
	].join('\n\n');
}

function testCells({title, verdict, because, measurements}: TestRecord): readonly string[] {
	const look = verdictLook(verdict);
	const measured = measurements.flatMap(({name, ms, maxMs, verdict: own}) =>
		ms === undefined
			? []
			: [
					`${name} ${spokenDuration(ms)}${maxMs === undefined ? '' : `, limit ${spokenDuration(maxMs)}`}${own === 'over' ? ': over' : ''}`,
				],
	);
	return [title, `${glyphs.unicode[look.glyph]} ${look.word}`, [...measured, because].filter(Boolean).join('; ')];
}

function* stepText(
	record: RunRecord,
	source: RecordSource,
	step: StepRecord,
	depth: number,
	options: ReportOptions,
): Generator<string> {
	const {graph, state} = record;
	const {node, title, hosts} = step;
	const fill = filler(graph, state, hostsOf(node, state));
	const look = lookOf(worstOf(hosts.map(({status}) => status)));
	yield `${hashes(depth)} ${glyphs.unicode[look.glyph]} ${plainMarkdown(title)}\n\n`;
	yield untitled(node.step.context, title, fill)
		.map(context => `${contextText(context, fill)}\n\n`)
		.join('');
	if (node.step.action.kind === 'manual') {
		yield `${filledMarkdown(untitledText(node.step.action.instruction.source, title, fill), fill)}\n\n`;
	}

	yield `${table(
		['Host', 'Result', 'When', 'Took', 'Remark'],
		hosts.map(on => hostCells(on, options)),
	)}\n\n`;
	for (const {kind, text, file, hosts: at, ...taken} of evidenceOnce(hosts)) {
		const what = [onOneLine(text), file === undefined ? '' : `${file.name} (SHA-256 ${file.sha256})`]
			.filter(Boolean)
			.join(' ');
		yield `- ${plainMarkdown(`${kind}${onHosts(at)}: ${what}, by ${takenWords(taken, options.timeZone)}`)}\n`;
	}

	for (const {text, ...taken} of step.notes) {
		yield `- ${plainMarkdown(`note: ${text}, by ${takenWords(taken, options.timeZone)}`)}\n`;
	}

	yield '\n';
	if (options.view === 'internal') {
		yield* outputs(source, step);
	}
}

function hostCells(on: StepOnHost, {timeZone}: ReportOptions): readonly string[] {
	const look = lookOf(on.status);
	const values = Object.entries(on.progress.captured).map(
		([name, value]) => `${sanitiseLine(name)} = ${sanitiseLine(value)}`,
	);
	return [
		hostWord(on.host) || 'by hand',
		`${glyphs.unicode[look.glyph]} ${look.word}`,
		clockTime(on.startedAt, timeZone),
		on.seconds === undefined ? '' : spokenDuration(on.seconds * 1000),
		[on.because, ...values, on.by === '' ? '' : `by ${on.by}`].filter(Boolean).join('; '),
	];
}

function* outputs(source: RecordSource, {node, hosts}: StepRecord): Generator<string> {
	for (const on of hosts) {
		for (const told of on.story) {
			if (told.kind !== 'part' || (told.output?.kept ?? 0) === 0) {
				continue;
			}

			yield `${hostWord(on.host)} ${told.part}, attempt ${told.attempt}:\n\n`;
			// Indented code: no line of a host's can end it, and nothing in it is markup
			for (const line of outputLines(source, {
				step: node.step.id,
				host: on.host,
				attempt: told.attempt,
				part: told.part,
			})) {
				yield `    ${line}\n`;
			}

			yield '\n';
		}
	}
}

function contextText({kind, markdown}: Context, fill: (text: string) => string): string {
	return kind === 'listing' ? sanitiseText(markdown).join('\n') : filledMarkdown(markdown, fill);
}

function hashes(depth: number): string {
	return '#'.repeat(Math.min(6, depth));
}

function table(columns: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
	const line = (cells: readonly string[]) => `| ${cells.map(plainMarkdown).join(' | ')} |`;
	return [line(columns), `|${columns.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}
