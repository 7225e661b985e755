import type {ConfigQuestion, Options} from './evaluate.js';
import type {ConfigSource} from './files.js';

/** It reads its files and looks nothing up; a machine under load may take its time. */
const patienceMs = 10_000;

/**
What the system's own `ssh` says that it would do for a host; else why it does not, empty where there is none.

Only for a configuration without `Match exec`, which it would execute.
*/
export async function askSystemSsh(
	source: ConfigSource,
	{host, user, port}: Omit<ConfigQuestion, 'localUser'>,
): Promise<Options | {readonly noAnswer: string}> {
	const words = [
		'-G',
		...(source.kind === 'file' ? ['-F', source.path] : []),
		...(user === undefined ? [] : ['-l', user]),
		...(port === undefined ? [] : ['-p', String(port)]),
		'--',
		host,
	];
	const {execa} = await import('execa'); // Loaded for a host of which the configuration says something
	const {failed, code, stdout, stderr, shortMessage} = await execa('ssh', words, {
		reject: false,
		stdin: 'ignore',
		timeout: patienceMs,
	});
	if (!failed) {
		return optionsIn(stdout);
	}

	return {noAnswer: code === 'ENOENT' ? '' : stderr.trim() || (shortMessage ?? '')};
}

/** Keywords whose values are several words; all others may hold blanks. */
const lists = new Set(['userknownhostsfile', 'globalknownhostsfile']);

function optionsIn(printed: string): Options {
	const options = new Map<string, readonly string[]>();
	for (const line of printed.split('\n')) {
		const [, keyword, value] = /^(\S+) (.*)$/.exec(line) ?? [];
		if (keyword !== undefined && value !== undefined) {
			options.set(keyword, [...(options.get(keyword) ?? []), ...(lists.has(keyword) ? value.split(' ') : [value])]);
		}
	}

	return options;
}
