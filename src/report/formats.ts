import type {StepId} from '../runbook/runbook.js';
import type {Estimates} from '../view/estimates.js';
import {cast} from './cast.js';
import {csv} from './csv.js';
import type {FormatName, ReportView} from './format-names.js';
import {htmlReport} from './html/page.js';
import {json} from './json.js';
import {junit} from './junit.js';
import {markdownReport} from './markdown.js';
import type {RunRecord} from './record.js';
import type {RecordSource} from './source.js';

export type ReportOptions = {
	readonly view: ReportView;
	/** An IANA name: in which times are told to people. */
	readonly timeZone: string;
	/** How long steps took in earlier runs, in milliseconds. */
	readonly earlier: Estimates;
	/** Of a cast: only this step; undefined: the whole run. */
	readonly step: StepId | undefined;
	/** Of a cast: the longest pause, in milliseconds. */
	readonly maxIdleMs: number;
};

/** Sets the record of a run in one form, piece by piece, so that a long one is never in memory as a whole. */
export type Format = (record: RunRecord, source: RecordSource, options: ReportOptions) => Iterable<string>;

export const formats: Readonly<Record<FormatName, Format>> = {
	cast,
	csv: record => csv(record),
	html: htmlReport,
	md: markdownReport,
	junit,
	json: record => json(record),
};
