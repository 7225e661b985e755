/** `14:31:07`. `iso` as events have it; `timeZone` an IANA name, undefined: the laptop's own. Empty for an empty `iso`. */
export function clockTime(iso: string, timeZone: string | undefined): string {
	return iso === '' ? '' : clock(iso, timeZone);
}

function clock(iso: string, timeZone: string | undefined): string {
	if (timeZone !== undefined) {
		return clockFormat(timeZone).format(Date.parse(iso));
	}

	const at = new Date(iso);
	return [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
}

/** `2026-11-20 14:31`. */
export function dateAndTime(iso: string, timeZone: string | undefined): string {
	return iso === '' ? '' : `${date(iso, timeZone)} ${clock(iso, timeZone).slice(0, 5)}`;
}

function date(iso: string, timeZone: string | undefined): string {
	if (timeZone !== undefined) {
		return dateFormat(timeZone).format(Date.parse(iso));
	}

	const at = new Date(iso);
	return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(two).join('-');
}

/** A duration as it is read aloud: `0 s`, `4.2 s`, `67 s`, `9 min`, `3 h 41 min`, `5 days`. Below ten seconds to the tenth. */
export function spokenDuration(ms: number): string {
	const seconds = Math.max(0, ms) / 1000;
	if (seconds < 10) {
		return `${Number(seconds.toFixed(1))} s`;
	}

	if (seconds < 180) {
		return `${Math.round(seconds)} s`;
	}

	const minutes = Math.round(seconds / 60);
	const rest = minutes % 60 === 0 ? '' : ` ${minutes % 60} min`;
	const hours = Math.floor(minutes / 60);
	return minutes < 120 ? `${minutes} min` : hours < 48 ? `${hours} h${rest}` : `${Math.floor(hours / 24)} days`;
}

/** A running clock: `0:23:41`, hours first. */
export function runningClock(ms: number): string {
	const seconds = Math.floor(Math.max(0, ms) / 1000);
	return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** From one event's time to another's, in milliseconds; undefined where one of them is not known. */
export function between(from: string, to: string): number | undefined {
	return from === '' || to === '' ? undefined : Date.parse(to) - Date.parse(from);
}

/** How long a step took, in milliseconds: none where a watcher heard its host last before somebody went there. */
export function took(startedAt: string, finishedAt: string): number | undefined {
	const ms = between(startedAt, finishedAt);
	return ms === undefined ? undefined : Math.max(0, ms);
}

function two(value: number): string {
	return String(value).padStart(2, '0');
}

const clockFormats = new Map<string, Intl.DateTimeFormat>();
const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** Making the first one takes 12 ms, a tenth of a short command: for the laptop's own zone there are none. */
function clockFormat(timeZone: string): Intl.DateTimeFormat {
	return remembered(clockFormats, timeZone, {hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'});
}

function dateFormat(timeZone: string): Intl.DateTimeFormat {
	return remembered(dateFormats, timeZone, {year: 'numeric', month: '2-digit', day: '2-digit'});
}

function remembered(
	formats: Map<string, Intl.DateTimeFormat>,
	timeZone: string,
	fields: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
	// Sweden writes dates as ISO 8601 does
	const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', {...fields, timeZone});
	formats.set(timeZone, format);
	return format;
}
