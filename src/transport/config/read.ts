import {userInfo} from 'node:os';
import {type ConfigQuestion, evaluateConfig, type Options, runsCommands} from './evaluate.js';
import {type ConfigSource, readConfigFiles} from './files.js';
import {type SshSettings, settingsOf} from './settings.js';
import {askSystemSsh} from './system-ssh.js';
import type {Local} from './tokens.js';

/** What `ssh` would do for a host, and what a person should know of how we found out; `note` is empty where all is plain. */
export type ReadSettings = {readonly settings: SshSettings; readonly note: string};

/**
What `ssh` would do for a host.

The system's `ssh` is asked, because it knows best; but not for a host of which its files say nothing that concerns us,
and never where they contain `Match exec`, because it would execute that. Then we read them ourselves.
*/
export async function readSettings(
	source: ConfigSource,
	question: Omit<ConfigQuestion, 'localUser'>,
	local: Local,
): Promise<ReadSettings> {
	const asked = {...question, localUser: local.user};
	const files = await readConfigFiles(source, local.home);
	const own = evaluateConfig(files, asked);
	const ours = (note: string) => ({settings: settingsOf(own, question.host, local), note});
	if (runsCommands(files)) {
		return ours('The ssh configuration has `Match exec`, which fieldbook never runs: such blocks do not count here.');
	}

	if (!concernsUs(own) || !isThisUser(local)) {
		return ours('');
	}

	const theirs = await askSystemSsh(source, asked);
	if ('noAnswer' in theirs) {
		return ours(theirs.noAnswer === '' ? '' : `ssh itself does not take its configuration: ${theirs.noAnswer}.`);
	}

	return {settings: settingsOf(theirs, question.host, local), note: ''};
}

/** `ssh` goes by the password file, whatever `HOME` says: for somebody else it would read other files than we. */
function isThisUser({home, user}: Local): boolean {
	const own = userInfo();
	return home === own.homedir && user === own.username;
}

/** What distributions write for everybody changes nothing for us. */
const beside = new Set([
	'addkeystoagent',
	'compression',
	'controlmaster',
	'controlpath',
	'controlpersist',
	'forwardagent',
	'forwardx11',
	'forwardx11trusted',
	'gssapiauthentication',
	'gssapidelegatecredentials',
	'hashknownhosts',
	'ignoreunknown',
	'loglevel',
	'sendenv',
	'setenv',
	'tcpkeepalive',
	'visualhostkey',
]);

function concernsUs(options: Options): boolean {
	return [...options.keys()].some(keyword => !beside.has(keyword) && keyword !== 'user' && keyword !== 'port');
}
