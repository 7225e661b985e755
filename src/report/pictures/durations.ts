import {spokenDuration} from '../../view/time.js';
import {html, type Markup} from '../markup.js';
import type {RunRecord} from '../record.js';

const WIDTH = 900;
const NAMES = 330;
const WORDS = 150;
const ROW = 24;
const BAR = 12;
const EDGE = 8;

/** What takes less tells nothing. */
const LEAST_SECONDS = 5;
const MOST_ROWS = 12;

type Compared = {readonly title: string; readonly now: number; readonly before: number};

/**
The steps that take longest, each as a bar with a mark where earlier runs of the same runbook have ended on the median; longest
first. Undefined where nothing can be compared. `earlier`: milliseconds by step.
*/
export function durationsOf(record: RunRecord, earlier: ReadonlyMap<string, number>): Markup | undefined {
	const rows = comparedIn(record, earlier);
	const most = Math.max(...rows.flatMap(({now, before}) => [now, before]));
	const scale = (WIDTH - NAMES - WORDS) / most;
	return rows.length === 0
		? undefined
		: html`<svg class="durations" viewBox="0 0 ${WIDTH} ${2 * EDGE + rows.length * ROW}" role="img" aria-labelledby="durations-title durations-words">
<title id="durations-title">How long steps took, and how long in earlier runs</title>
<desc id="durations-words">${rows.map(({title, now, before}) => `${title}: ${spokenDuration(now * 1000)}, earlier ${spokenDuration(before * 1000)}`).join('. ')}</desc>
${rows.map((row, index) => durationRow(row, EDGE + index * ROW, scale))}
</svg>`;
}

function comparedIn({steps}: RunRecord, earlier: ReadonlyMap<string, number>): readonly Compared[] {
	return steps
		.flatMap(({node, title, hosts}) => {
			const before = earlier.get(node.step.id);
			const times = hosts.flatMap(({status, seconds}) => (status === 'done' && seconds !== undefined ? [seconds] : []));
			const now = Math.max(0, ...times);
			return before === undefined || times.length === 0 || Math.max(now, before / 1000) < LEAST_SECONDS
				? []
				: [{title, now, before: before / 1000}];
		})
		.toSorted((one, other) => other.now - one.now)
		.slice(0, MOST_ROWS);
}

function durationRow({title, now, before}: Compared, top: number, scale: number): Markup {
	const mark = Math.round(NAMES + before * scale);
	return html`<text class="name" x="${NAMES - 10}" y="${top + 16}">${short(title)}</text><rect class="bar" x="${NAMES}" y="${top + 6}" width="${Math.max(1, Math.round(now * scale))}" height="${BAR}"/><path class="earlier" d="M${mark} ${top + 2}v20"/><text x="${Math.max(mark, Math.round(NAMES + now * scale)) + 8}" y="${top + 16}">${spokenDuration(now * 1000)} (${spokenDuration(before * 1000)})</text>
`;
}

/** Text in a picture does not wrap. */
function short(title: string): string {
	const characters = [...title];
	return characters.length <= 44 ? title : `${characters.slice(0, 43).join('')}…`;
}
