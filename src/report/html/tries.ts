import {renderScript} from '../../runbook/render.js';
import type {Script} from '../../runbook/runbook.js';
import {sanitiseText} from '../../text/sanitise.js';
import {counted, hostWord} from '../../view/names.js';
import {sentText} from '../../view/sent-text.js';
import {clockTime, spokenDuration} from '../../view/time.js';
import type {Try, Word} from '../attempts.js';
import type {ReportOptions} from '../formats.js';
import {html, type Markup} from '../markup.js';
import type {RunRecord, StepOnHost, StepRecord} from '../record.js';
import {outputLines, type RecordSource} from '../source.js';
import {outcomeWords} from '../words.js';

/** Of one step what only colleagues read: what was sent to each host, try by try, and every line that came back. */
export function* tries(
	record: RunRecord,
	source: RecordSource,
	step: StepRecord,
	options: ReportOptions,
): Generator<string> {
	for (const on of step.hosts) {
		for (const told of on.story) {
			if (told.kind !== 'part') {
				yield `${html`<p class="meta">${wordWords(told, options)}</p>
`}`;
				continue;
			}

			yield `${html`<details><summary>${hostWord(on.host)} ${told.part}, attempt ${told.attempt}: ${outcomeWords(told.outcome) || 'no end in the record'}, ${tookWords(told, options)}</summary>
${scriptHtml(record, step, on, told)}<pre>`}`;
			for (const line of outputLines(source, {
				step: step.node.step.id,
				host: on.host,
				attempt: told.attempt,
				part: told.part,
			})) {
				yield `${html`${line}
`}`;
			}

			yield `${html`</pre><p class="meta">${outputWords(told)}</p></details>
`}`;
		}
	}
}

function tookWords({startedAt, endedAt, tries: count}: Try, {timeZone}: ReportOptions): string {
	const took = endedAt === '' ? '' : `, ${spokenDuration(Date.parse(endedAt) - Date.parse(startedAt))}`;
	return `${clockTime(startedAt, timeZone)}${took}${count > 1 ? `, ${counted(count, 'try', 'tries')}` : ''}`;
}

function outputWords({output, scriptHash}: Try): string {
	const sent = `sent: SHA-256 ${scriptHash}`;
	return output === undefined
		? sent
		: `${sent}; output: ${output.bytes} bytes, ${output.kept === output.bytes ? 'all kept' : `${output.kept} kept`}, SHA-256 ${output.sha256}`;
}

/** The script with its values in their places; secrets stand there by name. */
function scriptHtml(
	{state}: RunRecord,
	{node: {step}}: StepRecord,
	{host}: StepOnHost,
	{part}: Try,
): Markup | undefined {
	const context = {host, values: state.values, hosts: state.started?.hosts ?? {}};
	const script: Script | undefined = part === 'run' ? undefined : step[part]?.script;
	const rendered = part === 'run' ? sentText(step.action, context) : script && renderScript(script, context);
	return rendered?.ok === true ? html`<pre>${sanitiseText(rendered.text).join('\n')}</pre>` : undefined;
}

function wordWords(told: Word, {timeZone}: ReportOptions): string {
	const at = clockTime(told.at, timeZone);
	switch (told.kind) {
		case 'answered':
			return `${at} ${told.by}: ${told.choice === 'done' ? 'done' : told.choice.replaceAll('-', ' ')}${told.note === '' ? '' : `, ${told.note}`}`;
		case 'hand':
			return `${at} the lab: ${told.did}`;
		case 'seen':
			return `${at} seen ${told.what}, ${told.what === 'down' ? 'silent' : 'heard'} since ${clockTime(told.since, timeZone)}`;
		case 'skipped':
			return `${at} skipped by ${told.by}: ${told.reason}`;
		case 'marked':
			return `${at} marked ${told.as} by ${told.by}: ${told.reason}`;
		case 'asked':
			return `${at} ${told.by} asked for: ${told.what}`;
		case 'probed':
			return `${at} ${counted(told.tries, 'try', 'tries')}, longest gap ${spokenDuration(told.longestGapMs)}`;
	}
}
