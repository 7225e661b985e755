import {formatTime} from '../tools/clock-tools.js';
import {type Answer, command, type Question, type Surroundings} from './command.js';
import type {LinuxHost} from './linux-host.js';
import {unitTitle} from './units.js';

const kept = 200;

/** The host with one more line in its journal; `source` is `systemd[1]`. */
export function journaled(host: LinuxHost, at: number, source: string, text: string): LinuxHost {
	return {...host, journal: [...host.journal, {at, source, text}].slice(-kept)};
}

export function journalCommands(surroundings: Surroundings) {
	return [command(surroundings, 'logger', 0, logger), command(surroundings, 'journalctl', 100, journalctl)];
}

/** `logger [-t TAG] [-p PRIORITY] TEXT`; the text stands in /var/log/messages too. */
async function logger({args, host, now, user, io}: Question): Promise<Answer> {
	let tag = user;
	const words: string[] = [];
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		if (word === '-t' || word === '--tag') {
			at += 1;
			tag = args[at] ?? tag;
		} else if (word === '-p' || word === '--priority') {
			at += 1;
		} else if (word !== '-i' && word !== '-s') {
			words.push(word);
		}
	}

	const text = words.length > 0 ? words.join(' ') : (await io.stdin()).trimEnd();
	return {host: text.split('\n').reduce((logged, line) => journaled(logged, now, tag, line), host)};
}

/** `-u UNIT`, `-t TAG`, `-n LINES`, `-b`, `--no-pager`; other options change nothing. */
function journalctl({args, host}: Question): Answer {
	const optionValue = (...names: readonly string[]) => {
		const at = args.findIndex(word => names.includes(word.split('=')[0] ?? ''));
		return at === -1 ? undefined : (args[at]?.split('=')[1] ?? args[at + 1]);
	};
	const unit = optionValue('-u', '--unit')?.replace(/\.service$/, '');
	const tag = optionValue('-t', '--identifier');
	const count = Number(optionValue('-n', '--lines') ?? Number.POSITIVE_INFINITY);
	const bootedAt = host.power.kind === 'on' || host.power.kind === 'stopping' ? host.power.bootedAt : 0;
	const lines = host.journal.filter(
		({at, source, text}) =>
			(!args.includes('-b') || at >= bootedAt) &&
			(tag === undefined || source === tag) &&
			(unit === undefined || source.startsWith(unit) || text.includes(unitTitle(unit))),
	);
	if (lines.length === 0) {
		return {out: '-- No entries --\n'};
	}

	const name = host.hostname.split('.')[0];
	return {
		out: lines
			.slice(-count)
			.map(({at, source, text}) => `${formatTime(at, '%b %d %H:%M:%S')} ${name} ${source}: ${text}\n`)
			.join(''),
	};
}

/** What rsyslog makes of the journal. */
export function messagesOf(host: LinuxHost): string {
	const name = host.hostname.split('.')[0];
	return host.journal
		.map(({at, source, text}) => `${formatTime(at, '%b %d %H:%M:%S')} ${name} ${source}: ${text}\n`)
		.join('');
}
