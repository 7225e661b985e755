import type {Program} from '../shell/shell.js';

/** Tools that tell the time or spend it: `date`, `sleep`. `now` is the world's. */
export function clockTools(now: () => number): ReadonlyMap<string, Program> {
	return new Map<string, Program>([
		[
			'sleep',
			async (process, [, ...words]) => {
				const seconds = words.map(secondsOf);
				if (seconds.length === 0 || seconds.some(Number.isNaN)) {
					await process.err(`sleep: invalid number '${words.find(word => Number.isNaN(secondsOf(word))) ?? ''}'\n`);
					return 1;
				}
				await process.sleep(seconds.reduce((sum, each) => sum + each, 0) * 1000);
				return 0;
			},
		],
		[
			'date',
			async (process, [, ...words]) => {
				const format = words.find(word => word.startsWith('+'))?.slice(1) ?? '%a %b %e %H:%M:%S UTC %Y';
				const given = words.findIndex(word => word === '-d' || word === '--date');
				const at = given === -1 ? now() : instantOf(words[given + 1] ?? '');
				const unknown = words.find(
					(word, index) => index !== given && (given === -1 || index !== given + 1) && !/^(\+|-u$|--utc$)/.test(word),
				);
				if (unknown !== undefined || Number.isNaN(at)) {
					await process.err(`date: invalid option or date '${unknown ?? words[given + 1] ?? ''}'\n`);
					return 1;
				}
				await process.out(`${formatTime(at, format)}\n`);
				return 0;
			},
		],
	]);
}

/** `@0`, `2026-01-15 09:00:00`, `2026-01-15`; what else a `date -d` understands is not a number here. */
function instantOf(text: string): number {
	const [, seconds, day, time = '00:00:00'] =
		/^(?:@(\d+)|(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?)Z?)?)$/.exec(text) ?? [];
	return seconds === undefined ? Date.parse(`${day}T${time}Z`) : Number(seconds) * 1000;
}

/** `1.5`, `10s`, `2m`, `infinity`; NaN if it is none. */
export function secondsOf(word: string): number {
	if (word === 'infinity' || word === 'inf') {
		return Number.POSITIVE_INFINITY;
	}
	const units: Readonly<Record<string, number>> = {'': 1, s: 1, m: 60, h: 3600, d: 86_400};
	const [, digits, unit = ''] = /^(\d*\.?\d+)([smhd]?)$/.exec(word) ?? [];
	return digits === undefined ? Number.NaN : Number(digits) * (units[unit] ?? Number.NaN);
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
	'January',
	'February',
	'March',
	'April',
	'May',
	'June',
	'July',
	'August',
	'September',
	'October',
	'November',
	'December',
];

/** As `strftime` does, in UTC; a letter that is not known stays as it is. */
export function formatTime(at: number, format: string): string {
	const date = new Date(at);
	const two = (value: number) => String(value).padStart(2, '0');
	const day = days[date.getUTCDay()] ?? '';
	const month = months[date.getUTCMonth()] ?? '';
	const hour = date.getUTCHours();
	const yearStart = Date.UTC(date.getUTCFullYear(), 0, 1);
	const letters: Readonly<Record<string, string>> = {
		Y: String(date.getUTCFullYear()),
		y: two(date.getUTCFullYear() % 100),
		m: two(date.getUTCMonth() + 1),
		d: two(date.getUTCDate()),
		e: String(date.getUTCDate()).padStart(2),
		H: two(hour),
		I: two(hour % 12 === 0 ? 12 : hour % 12),
		M: two(date.getUTCMinutes()),
		S: two(date.getUTCSeconds()),
		p: hour < 12 ? 'AM' : 'PM',
		j: String(Math.floor((at - yearStart) / 86_400_000) + 1).padStart(3, '0'),
		u: String(date.getUTCDay() === 0 ? 7 : date.getUTCDay()),
		w: String(date.getUTCDay()),
		a: day.slice(0, 3),
		A: day,
		b: month.slice(0, 3),
		B: month,
		s: String(Math.floor(at / 1000)),
		N: `${String(at % 1000).padStart(3, '0')}000000`,
		Z: 'UTC',
		z: '+0000',
		n: '\n',
		t: '\t',
		'%': '%',
	};
	const combined: Readonly<Record<string, string>> = {
		F: '%Y-%m-%d',
		T: '%H:%M:%S',
		R: '%H:%M',
		D: '%m/%d/%y',
		c: '%a %b %e %H:%M:%S %Y',
		h: '%b',
	};
	return format.replaceAll(/%([A-Za-z%])/g, (whole, letter: string) => {
		const several = combined[letter];
		return several === undefined ? (letters[letter] ?? whole) : formatTime(at, several);
	});
}
