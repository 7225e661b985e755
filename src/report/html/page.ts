import {createHash} from 'node:crypto';
import type {ReportOptions} from '../formats.js';
import {html, ownMarkup} from '../markup.js';
import type {RunRecord} from '../record.js';
import type {RecordSource} from '../source.js';
import {contents, deviations, header, machines, proof, signatures, tests, timeline} from './front.js';
import {steps} from './steps.js';
import {style} from './style.js';

/** In its head, before the run's id: by this fieldbook knows a report of its own. */
export const REPORT_OF = 'fieldbook, run ';

/**
The record of a run as one page that wants nothing else: no script, no font, no picture from elsewhere, which its own policy
forbids besides. Readable on a narrow screen, on paper and aloud.
*/
export function* htmlReport(record: RunRecord, source: RecordSource, options: ReportOptions): Generator<string> {
	const styleHash = createHash('sha256').update(style).digest('base64');
	yield `${html`${ownMarkup('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="${REPORT_OF}${record.state.started?.runId ?? ''}">
<title>${record.title}</title>
<style>${ownMarkup(style)}</style>
</head>
<body>
<a class="skip" href="#record">To the record</a>
`}`;
	yield `${header(record, options)}${contents(record)}<main>`;
	yield `${tests(record, options)}${deviations(record, options)}${timeline(record, options)}${machines(record, options)}`;
	yield* steps(record, source, options);
	yield `${signatures(options)}${proof(record)}</main>\n</body>\n</html>\n`;
}
