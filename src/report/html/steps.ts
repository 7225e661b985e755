import type {OutlineEntry} from '../../graph/outline.js';
import {hostsOf} from '../../run/nodes.js';
import type {Context, PhaseId} from '../../runbook/runbook.js';
import {sanitiseLine, sanitiseText} from '../../text/sanitise.js';
import {actionWords, hostWord, hostWords} from '../../view/names.js';
import {filler} from '../../view/prose.js';
import {lookOf, worstOf} from '../../view/status.js';
import {clockTime, spokenDuration} from '../../view/time.js';
import {phaseTitleOf} from '../../view/titles.js';
import {type AttachedEvidence, evidenceOnce} from '../evidence-once.js';
import type {ReportOptions} from '../formats.js';
import {html, type Markup} from '../markup.js';
import type {RunRecord, StepOnHost, StepRecord} from '../record.js';
import type {RecordSource} from '../source.js';
import {untitled, untitledText} from '../untitled.js';
import {takenWords} from '../words.js';
import {evidencePicture} from './evidence.js';
import {proseHtml} from './prose.js';
import {sign} from './sign.js';
import {tries} from './tries.js';

/** The document from top to bottom, with what came of each step set in beside it. */
export function* steps(record: RunRecord, source: RecordSource, options: ReportOptions): Generator<string> {
	const byId = new Map(record.steps.map(step => [step.node.step.id, step]));
	yield `${html`<section aria-labelledby="record"><h2 id="record">Step by step</h2>
`}`;
	for (const entry of record.outline) {
		switch (entry.kind) {
			case 'phase':
				yield `${phaseHeading(record, entry)}`;
				break;
			case 'step': {
				const step = byId.get(entry.node.step.id);
				if (step !== undefined) {
					yield* stepArticle(record, source, step, level(entry.depth), options);
				}

				break;
			}

			case 'close':
				yield `${closing(record, entry.phase.id)}`;
		}
	}

	yield '</section>\n';
}

/** Of the heading of what stands at this depth: the sections have the second. */
function level(depth: number): 3 | 4 | 5 | 6 {
	return depth === 0 ? 3 : depth === 1 ? 4 : depth === 2 ? 5 : 6;
}

function heading(at: 3 | 4 | 5 | 6, words: Markup): Markup {
	switch (at) {
		case 3:
			return html`<h3>${words}</h3>`;
		case 4:
			return html`<h4>${words}</h4>`;
		case 5:
			return html`<h5>${words}</h5>`;
		case 6:
			return html`<h6>${words}</h6>`;
	}
}

function phaseHeading(
	{graph, state, tests}: RunRecord,
	{phase, depth}: Extract<OutlineEntry, {kind: 'phase'}>,
): Markup {
	const test = tests.find(({id}) => id === sanitiseLine(phase.id));
	return html`${heading(level(depth), html`${phaseTitleOf(graph, state, phase.id)}${test === undefined ? undefined : html` <span class="quiet">(test: ${test.verdict === 'not-run' ? 'not run' : test.verdict})</span>`}`)}
`;
}

function closing({graph, state, closing: all}: RunRecord, phase: PhaseId): readonly Markup[] {
	return (all[phase] ?? []).flatMap(context => contextHtml(context, filler(graph, state, [])));
}

/** > | > [!NOTE] */
const alertLine = /^([ \t]*>[ \t]?)\[!(\w+)\][^\n]*\n/;

function contextHtml({kind, markdown}: Context, fill: (text: string) => string): readonly Markup[] {
	switch (kind) {
		case 'prose':
		case 'table':
			return proseHtml(markdown, fill);
		case 'note':
			return proseHtml(markdown.replace(alertLine, '$1**$2**\n$1\n'), fill);
		case 'listing':
			return /^ {0,3}(```|~~~)/.test(markdown)
				? proseHtml(markdown, text => text)
				: [html`<pre>${sanitiseText(markdown).join('\n')}</pre>`];
	}
}

function* stepArticle(
	record: RunRecord,
	source: RecordSource,
	step: StepRecord,
	at: 3 | 4 | 5 | 6,
	options: ReportOptions,
): Generator<string> {
	const {graph, state} = record;
	const {node, title, id, hosts} = step;
	const fill = filler(graph, state, hostsOf(node, state));
	const look = lookOf(worstOf(hosts.map(({status}) => status)));
	const on = hostWords(hosts.map(({host}) => host));
	const {action} = node.step;
	yield `${html`<article class="${look.tone}">
${heading(at, html`${sign(look)}${title} <span class="${look.tone}">${look.word}</span>`)}
<p class="meta">${[id, actionWords(node, fill), on === '' ? '' : `on ${on}`].filter(Boolean).join(' · ')}</p>
${untitled(node.step.context, title, fill).flatMap(context => contextHtml(context, fill))}
${action.kind === 'manual' ? proseHtml(untitledText(action.instruction.source, title, fill), fill) : undefined}
${gates(step, fill, options)}
${hostTable(step, options)}
${evidenceOnce(hosts).map(each => evidence(each, source, options))}
${step.notes.map(({text, ...taken}) => html`<p>${text} <span class="quiet">note by ${takenWords(taken, options.timeZone)}</span></p>`)}
`}`;
	if (options.view === 'internal') {
		yield* tries(record, source, step, options);
	}

	yield '</article>\n';
}

function gates(
	{node, gates: passed}: StepRecord,
	fill: (text: string) => string,
	{timeZone}: ReportOptions,
): readonly Markup[] {
	return node.step.gates.map(({kind, text}, index) => {
		const who = passed[index];
		const typed = who === undefined || who.typed.length === 0 ? '' : `, who typed ${who.typed.join(', ')}`;
		return html`<div class="${kind === 'danger' ? 'gate danger' : 'gate'}"><p><strong>${kind === 'danger' ? 'Danger' : 'Warning'}.</strong> ${sanitiseText(fill(text)).join(' ')}</p><p class="meta">${who === undefined ? 'not passed' : `passed by ${who.by}, ${clockTime(who.at, timeZone)}${typed}`}</p></div>`;
	});
}

function hostTable({hosts}: StepRecord, options: ReportOptions): Markup {
	return html`<div class="wide"><table class="hosts"><thead><tr><th scope="col">Host</th><th scope="col">Result</th><th scope="col">When</th><th scope="col" class="number">Took</th><th scope="col">Remark</th></tr></thead><tbody>
${hosts.map(on => hostRow(on, options))}
</tbody></table></div>`;
}

function hostRow(on: StepOnHost, {timeZone}: ReportOptions): Markup {
	const look = lookOf(on.status);
	const values = Object.entries(on.progress.captured).map(
		([name, value]) => `${sanitiseLine(name)} = ${sanitiseLine(value)}`,
	);
	const remarks = [
		on.because,
		...values,
		on.progress.attempt > 1 ? `attempt ${on.progress.attempt}` : '',
		on.by === '' ? '' : `by ${on.by}`,
		on.missing.length === 0 ? '' : `still wanted: ${on.missing.join(', ')}`,
	].filter(Boolean);
	return html`<tr><th scope="row">${hostWord(on.host) || 'by hand'}</th><td class="${look.tone}">${sign(look)}${look.word}</td><td>${clockTime(on.startedAt, timeZone)}</td><td class="number">${on.seconds === undefined ? '' : spokenDuration(on.seconds * 1000)}</td><td>${remarks.join('; ')}</td></tr>
`;
}

function evidence(attached: AttachedEvidence, source: RecordSource, {timeZone}: ReportOptions): Markup {
	const {kind, text, file, hosts, ...taken} = attached;
	const picture = file === undefined ? undefined : evidencePicture(source.file(file.sha256));
	const isLong = text.includes('\n');
	const what = [kind, hostWords(hosts), isLong ? '' : text].filter(Boolean).join(': ');
	const lines = isLong ? html`<pre>${text}</pre>` : undefined;
	const about = takenWords(taken, timeZone);
	return file === undefined
		? html`<p>${what} <span class="quiet">evidence by ${about}</span></p>${lines}`
		: html`<figure>${picture === undefined ? undefined : html`<img src="${picture}" alt="${what}: ${file.name}">`}<figcaption>${what === kind ? kind : what}: ${file.name}, ${file.bytes} bytes, by ${about}<br><span class="hash">SHA-256 ${file.sha256}</span></figcaption>${lines}</figure>`;
}
