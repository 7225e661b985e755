import {csv} from './csv.js';
import type {FormatName, ReportView} from './format-names.js';
import {htmlReport} from './html/page.js';
import {json} from './json.js';
import {junit} from './junit.js';
import {markdownReport} from './markdown.js';
import type {RunRecord} from './record.js';
import type {RecordSource} from './source.js';

/** `timeZone`: an IANA name, in which times are told to people. */
export type ReportOptions = {readonly view: ReportView; readonly timeZone: string};

/** Sets the record of a run in one form, piece by piece, so that a long one is never in memory as a whole. */
export type Format = (record: RunRecord, source: RecordSource, options: ReportOptions) => Iterable<string>;

export const formats: Readonly<Record<FormatName, Format>> = {
	csv: record => csv(record),
	html: htmlReport,
	md: markdownReport,
	junit,
	json: record => json(record),
};
