import type {Measurement} from '../../run/measure.js';
import {counted, hostWord} from '../../view/names.js';
import {countWords, summaryOf} from '../../view/summary.js';
import {clockTime, dateAndTime, spokenDuration} from '../../view/time.js';
import {testCountWords, testRows, verdictLook} from '../../view/verdict.js';
import type {ReportOptions} from '../formats.js';
import {html, type Markup} from '../markup.js';
import {durationsOf} from '../pictures/durations.js';
import {stripOf} from '../pictures/strip.js';
import {timelineOf} from '../pictures/timeline.js';
import type {HostRecord, RunRecord, TestRecord} from '../record.js';
import {deviationWords, takenWords} from '../words.js';
import {sign} from './sign.js';

const REHEARSAL = 'This is the record of a rehearsal with simulated hosts. No real machine was touched.';

/** What it is, when, by whom, and what came of it. */
export function header(record: RunRecord, {timeZone, view}: ReportOptions): Markup {
	const {state, people} = record;
	const {started} = state;
	const summary = summaryOf(record.graph, state, timeZone);
	const tested = testCountWords(testRows(record.graph, state));
	return html`<header>
<p class="kind">${view === 'internal' ? 'Internal record' : 'Record'} of a ${started?.mode === 'rehearsal' ? 'rehearsal' : 'run'}</p>
<h1>${record.title}</h1>
${started?.mode === 'rehearsal' ? html`<p class="warning">${REHEARSAL}</p>` : undefined}
<p class="verdict ${summary.tone}">${[statusWords(record), tested, countWords(summary)].filter(Boolean).join(' · ')}</p>
<dl>
<dt>Started</dt><dd>${dateAndTime(record.startedAt, timeZone)}</dd>
<dt>${record.finishedAt === '' ? 'Last entry' : 'Finished'}</dt><dd>${dateAndTime(record.finishedAt || record.toldUntil, timeZone)}${duration(record)}</dd>
<dt>Time zone</dt><dd>${timeZone}</dd>
<dt>By</dt><dd>${[...new Set(people.map(({by, device}) => `${by} on ${device}`))].join(', ')}</dd>
<dt>Runbook</dt><dd>${record.runbook.file}<br><span class="hash">SHA-256 ${record.runbook.sha256}</span></dd>
<dt>Evidence</dt><dd>${evidenceWords(record)}</dd>
</dl>
${record.notes.length === 0 ? undefined : html`<h2 id="notes">Notes on the run</h2>${record.notes.map(({text, ...taken}) => html`<p>${text} <span class="quiet">${takenWords(taken, timeZone)}</span></p>`)}`}
</header>
`;
}

function statusWords({state}: RunRecord): string {
	return state.status === 'finished' ? 'finished' : 'not finished';
}

function duration({startedAt, finishedAt}: RunRecord): string {
	return finishedAt === '' ? '' : `, after ${spokenDuration(Date.parse(finishedAt) - Date.parse(startedAt))}`;
}

function evidenceWords({evidence: {needed, there}}: RunRecord): string {
	return needed === 0 ? 'none was asked for' : `${there} of ${counted(needed, 'piece')} asked for`;
}

export function contents({tests, deviations}: RunRecord): Markup {
	return html`<nav aria-label="Contents"><ul>
${tests.length === 0 ? undefined : html`<li><a href="#tests">Tests</a></li>`}
${deviations.length === 0 ? undefined : html`<li><a href="#deviations">Deviations</a></li>`}
<li><a href="#course">Course of the run</a></li>
<li><a href="#machines">Machines</a></li>
<li><a href="#record">Step by step</a></li>
<li><a href="#signatures">Signatures</a></li>
<li><a href="#proof">What this record can be held against</a></li>
</ul></nav>
`;
}

/** Each test with its verdict, its measures beside their limits, and who answered when. */
export function tests(record: RunRecord, {timeZone}: ReportOptions): Markup | undefined {
	const {tests: all} = record;
	return all.length === 0
		? undefined
		: html`<section aria-labelledby="tests"><h2 id="tests">Tests</h2>
<div class="wide"><table><thead><tr><th scope="col">Test</th><th scope="col">Verdict</th><th scope="col">Measured</th><th scope="col" class="number">Time</th><th scope="col" class="number">Limit</th></tr></thead><tbody>
${all.map(testRowsOf)}
</tbody></table></div>
${all.map((test, index) => testFigure(record, test, `strip-${index + 1}`, timeZone))}
</section>
`;
}

function testRowsOf({title, verdict, because, measurements}: TestRecord): readonly Markup[] {
	const look = verdictLook(verdict);
	const measured = measurements.filter(({ms}) => ms !== undefined);
	const rows = Math.max(1, measured.length);
	const first = html`<th scope="row" rowspan="${rows}">${title}${because === '' ? undefined : html`<br><span class="quiet">${because}</span>`}</th><td rowspan="${rows}" class="${look.tone}">${sign(look)}${look.word}</td>`;
	return measured.length === 0
		? [html`<tr>${first}<td></td><td></td><td></td></tr>`]
		: measured.map((each, index) => html`<tr>${index === 0 ? first : undefined}${measureCells(each)}</tr>`);
}

function measureCells({name, host, ms = 0, maxMs, verdict}: Measurement): Markup {
	const on = hostWord(host);
	return html`<td>${name}${on === '' ? '' : `, ${on}`}</td><td class="number ${verdict === 'over' ? 'bad' : ''}">${spokenDuration(ms)}${verdict === 'over' ? ' (over)' : ''}</td><td class="number">${maxMs === undefined ? '' : spokenDuration(maxMs)}</td>`;
}

function testFigure(record: RunRecord, test: TestRecord, id: string, timeZone: string): Markup | undefined {
	const strip = stripOf(record, test, id);
	return strip === undefined
		? undefined
		: html`<figure>${strip}<figcaption>${test.title}, from ${clockTime(test.startedAt, timeZone)} to ${clockTime(test.finishedAt, timeZone)}. Filled: the host answered; hatched: it was silent; empty: nothing is known.</figcaption></figure>
`;
}

/** What was not as the runbook has it, and why. */
export function deviations({deviations: all, steps}: RunRecord, {timeZone}: ReportOptions): Markup | undefined {
	const titles = new Map(steps.map(({id, title}) => [id, title]));
	return all.length === 0
		? undefined
		: html`<section aria-labelledby="deviations"><h2 id="deviations">Deviations</h2>
<div class="wide"><table><thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col">Where</th><th scope="col">Host</th><th scope="col">By</th><th scope="col">Reason</th></tr></thead><tbody>
${all.map(({at, kind, step, host, by, reason}) => html`<tr><td>${dateAndTime(at, timeZone)}</td><td>${deviationWords(kind)}</td><td>${titles.get(step) ?? step}</td><td>${hostWord(host)}</td><td>${by}</td><td>${reason}</td></tr>`)}
</tbody></table></div></section>
`;
}

export function timeline(record: RunRecord, {timeZone, earlier}: ReportOptions): Markup {
	const picture = timelineOf(record, timeZone);
	const durations = durationsOf(record, earlier);
	return html`<section aria-labelledby="course"><h2 id="course">Course of the run</h2>
${picture === undefined ? html`<p>Nothing was begun.</p>` : html`<figure>${picture}<figcaption>Each bar is a step on its host. Between dashed lines a stretch is left out in which nothing was under way.</figcaption></figure>`}
${durations === undefined ? undefined : html`<figure>${durations}<figcaption>The steps that took longest. The line is the median of earlier runs of this runbook on the laptop that wrote this, in brackets.</figcaption></figure>`}
</section>
`;
}

/** On which machines it was done, and how they were known to be these. */
export function machines({hosts}: RunRecord, {timeZone}: ReportOptions): Markup {
	return html`<section aria-labelledby="machines"><h2 id="machines">Machines</h2>
<div class="wide"><table><thead><tr><th scope="col">Host</th><th scope="col">Address</th><th scope="col">It says of itself</th><th scope="col">Host key</th></tr></thead><tbody>
${hosts.map(host => machine(host, timeZone))}
</tbody></table></div></section>
`;
}

function machine({name, label, address, port, user, facts, trusted}: HostRecord, timeZone: string): Markup {
	const at = port === 22 ? address : `${address}:${port}`;
	return html`<tr><th scope="row">${name}${label === '' || label === name ? undefined : html`<br><span class="quiet">${label}</span>`}</th><td>${at}<br><span class="quiet">as ${user}</span></td><td>${facts === undefined ? 'never reached' : html`${facts.version}<br><span class="quiet">calls itself ${facts.name}</span>`}</td><td>${facts === undefined ? undefined : html`${facts.keyType}<br><span class="hash">${facts.fingerprint}</span>`}${trusted.map(({at: when, by}) => html`<br><span class="quiet">trusted by ${by}, ${dateAndTime(when, timeZone)}</span>`)}</td></tr>
`;
}

export function signatures({view}: ReportOptions): Markup | undefined {
	return view === 'internal'
		? undefined
		: html`<section aria-labelledby="signatures"><h2 id="signatures">Signatures</h2>
<div class="sign-here"><p>Carried out by: name, date, signature</p><p>For the customer: name, date, signature</p></div></section>
`;
}

/** How a reader finds out that nothing in it was changed. */
export function proof({proof: {head, events, signedUntil}, people}: RunRecord): Markup {
	const keys = [...new Set(people.map(({key}) => key).filter(Boolean))];
	return html`<section aria-labelledby="proof"><h2 id="proof">What this record can be held against</h2>
<p>Everything here comes from the run file. <code>fieldbook verify</code> on that file prints the same head hash if no event, output or piece of evidence in it was changed; changing this page changes nothing there.</p>
<dl>
<dt>Head hash</dt><dd class="hash">${head}</dd>
<dt>Events</dt><dd>${events}</dd>
<dt>Signed</dt><dd>${signedUntil === 0 ? 'not yet: the run was not closed' : signedUntil === events ? 'to the end' : `up to event ${signedUntil}`}</dd>
${keys.length === 0 ? undefined : html`<dt>Device key</dt><dd class="hash">${keys.join(', ')}</dd>`}
</dl></section>
`;
}
