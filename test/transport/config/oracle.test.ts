import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {hostname, tmpdir, userInfo} from 'node:os';
import {dirname, join} from 'node:path';
import fc from 'fast-check';
import {afterAll, describe, expect, test} from 'vitest';
import {type ConfigQuestion, evaluateConfig} from '../../../src/transport/config/evaluate.js';
import {readConfigFiles} from '../../../src/transport/config/files.js';
import {settingsOf} from '../../../src/transport/config/settings.js';
import {askSystemSsh} from '../../../src/transport/config/system-ssh.js';
import {haveSsh} from '../../ssh.js';

const folder = mkdtempSync(join(tmpdir(), 'fieldbook-config-'));
afterAll(() => rmSync(folder, {recursive: true}));

/** Each is read by us and by the system's `ssh -G`, for each of these hosts. */
const configs: ReadonlyArray<{
	readonly title: string;
	readonly text: string;
	readonly hosts: readonly string[];
	readonly user?: string;
	readonly port?: number;
	readonly files?: Readonly<Record<string, string>>;
}> = [
	{title: 'nothing at all', text: '', hosts: ['web', '10.0.0.1', 'fe80::1']},
	{
		title: 'globs, negation, several patterns',
		text: `
			Host web-? !web-9 db
				User one
			Host *.example !*.bad.example
				User two
			Host 10.0.*
				User three
			Host *
				User rest`,
		hosts: ['web-1', 'web-9', 'web-10', 'db', 'a.example', 'a.bad.example', '10.0.1.2', '10.1.0.2'],
	},
	{
		title: 'upper and lower case',
		text: 'Host BASTION\n USER one\nhOST web\n uSeR two',
		hosts: ['bastion', 'BASTION', 'web', 'WEB'],
	},
	{
		title: 'the first value wins',
		text: 'Port 1\nHost web\n Port 2\n HostName first.example\nHost *\n HostName second.example\n Port 3\n',
		hosts: ['web', 'other'],
	},
	{
		title: 'equals signs, quotes, comments, blanks',
		text: `# a comment
			Host=web "with quotes"
			  HostName  =  gate.example   # another
			Port=2222
			User = 'two words'
			IdentityFile="/keys/of mine"
			IdentityFile /keys/a\\"quote
			UserKnownHostsFile "/known/one" /known/two#three
			Host x # y
			  User nobody`,
		hosts: ['web', 'x', 'y', '#'],
	},
	{
		title: 'tokens and variables',
		text: `
			Host web
				HostName %h.example
				Port 2222
				User bob
				HostKeyAlias of-%n-%h
				IdentityFile ~/.ssh/id_%h_%r_%p_%n
				IdentityFile %d/%u/%i/%L/%l/%k/100%%
				IdentityFile \${HOME}/key
				IdentityAgent ~/agent-%h
				UserKnownHostsFile ~/.ssh/known_%h /dev/null
				ProxyJump gate-%h
				CertificateFile ~/%u-cert.pub`,
		hosts: ['web'],
	},
	{
		title: 'a user and a port from outside',
		text: 'Match user root\n IdentityFile /keys/root\nHost *\n User other\n Port 1\n IdentityFile /keys/%r-%p',
		hosts: ['web'],
		user: 'root',
		port: 99,
	},
	{
		title: 'identity files add up, the same one counts once',
		text: 'Host web\n IdentityFile /a\n IdentityFile /b\nHost *\n IdentityFile /a\n IdentityFile /c\n IdentitiesOnly yes',
		hosts: ['web', 'other'],
	},
	{title: 'no identity files, no agent', text: 'IdentityFile none\nIdentityAgent none', hosts: ['web']},
	{
		title: 'ways through others',
		text: `
			Host a
				ProxyJump ops@gate:2222,[fe80::1]:22,inner
			Host g
				ProxyJump ssh://ops@gate:2222
			Host b
				ProxyJump none
			Host c
				ProxyCommand nc -x "proxy" %h %p # not a comment
			Host d
				ProxyCommand none
			Host e
				ProxyCommand nc first
			Host *
				ProxyJump gate`,
		hosts: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
	},
	{
		title: 'Match host, originalhost, user, localuser, all',
		text: `
			Host web
				HostName web.example
			Match host web.example
				User by-name
			Match originalhost web !host *.other
				Port 1
			Match host *.example,!web.example
				Port 2
			Match localuser ${userInfo().username} user by-name
				HostKeyAlias mine
			Match localuser nobody-of-that-name
				IdentityAgent /not/this
			Match !originalhost web
				ConnectTimeout 7
			Match all
				ServerAliveInterval 5`,
		hosts: ['web', 'a.example', 'other'],
	},
	{
		title: 'Match final reads everything once more, with the name that was found',
		text: `
			Match final host web.example
				User late
				ProxyJump gate
			Host web
				HostName web.example
				Port 2222
			Match final all
				Port 3333
				ConnectTimeout 3`,
		hosts: ['web', 'other'],
	},
	{
		title: 'the second reading cannot change the name, and canonical holds in it',
		text: `
			Match final all
				HostName late.example
				Port 3333
			Match canonical host *
				User canonical`,
		hosts: ['web', 'other'],
	},
	{
		title: 'Match does not tell upper from lower case in names of hosts, Host does',
		text: 'Match originalhost WEB,DB\n User one\nHost WEB\n Port 1\nMatch host Web\n ConnectTimeout 3',
		hosts: ['web', 'WEB', 'db'],
	},
	{
		title: 'Match canonical does not hold unless that was asked for',
		text: 'Match canonical all\n User nobody\nMatch !canonical\n Port 7',
		hosts: ['web'],
	},
	{
		title: 'times and limits',
		text: 'Host web\n ConnectTimeout 1m30\n ServerAliveInterval 1h\n ServerAliveCountMax 9\nHost none\n ConnectTimeout none\n ServerAliveInterval 0',
		hosts: ['web', 'none', 'other'],
	},
	...['yes', 'no', 'off', 'ask', 'accept-new'].map(word => ({
		title: `StrictHostKeyChecking ${word}`,
		text: `StrictHostKeyChecking ${word}\nHashKnownHosts yes\nGlobalKnownHostsFile none`,
		hosts: ['web'],
	})),
	{
		title: 'an Include belongs to the block that it stands in, and its own blocks end with it',
		text: `
			Include ${folder}/parts/*.conf ${folder}/parts/missing
			Host web
				Include ${folder}/inner
				Port 4
			Host *
				ConnectTimeout 9`,
		hosts: ['web', 'db', 'other'],
		files: {
			'parts/1.conf': 'Host web\n User from-part\nHost db\n Port 5\n',
			'parts/2.conf': 'Host *\n HostKeyAlias from-2\n User late\n',
			'parts/.hidden.conf': 'User hidden\n',
			inner: 'HostName inner.example\nHost db\n HostName never.example\nHost *\n ServerAliveInterval 3\n',
		},
	},
	{
		title: 'old algorithms that were added',
		text: 'Host old\n KexAlgorithms +diffie-hellman-group1-sha1\n HostKeyAlgorithms +ssh-rsa\n Ciphers +aes128-cbc\nHost less\n KexAlgorithms -curve25519*\n',
		hosts: ['old', 'less', 'other'],
	},
];

/** Lines that work together: blocks that may or may not apply, and settings of which the first counts. */
const anyPattern = fc.constantFrom('web', 'w*', '*', '!web', 'db?', '10.0.*', '*.ex', 'WEB', '!*.ex');
const anyLine = fc.oneof(
	fc.array(anyPattern, {minLength: 1, maxLength: 3}).map(patterns => `Host ${patterns.join(' ')}`),
	fc.tuple(fc.constantFrom('', '!'), anyPattern, anyPattern).map(([not, one, two]) => `Match ${not}host ${one},${two}`),
	anyPattern.map(pattern => `Match originalhost ${pattern} user root,bob`),
	anyPattern.map(pattern => `Match final host ${pattern}`),
	fc.constantFrom('Match all', 'Match final all', 'Match canonical host *', '# a comment', ''),
	fc.constantFrom(' HostName %h.ex', ' HostName other.ex', ' User bob', ' User "eve"', ' Port=2222'),
	fc.constantFrom(' IdentityFile ~/a', ' IdentityFile /k/%h-%r', ' IdentityFile none', ' IdentitiesOnly yes'),
	fc.constantFrom(
		' ProxyJump gate',
		' ProxyJump a@b:33,c',
		' ProxyJump none',
		' ProxyCommand nc %h',
		' ProxyCommand none',
	),
	fc.constantFrom(' UserKnownHostsFile /a /b', ' StrictHostKeyChecking yes', ' HostKeyAlias %n', ' ConnectTimeout 1h5'),
	fc.constantFrom(' IdentityAgent none', ' IdentityAgent ~/s-%h', ' KexAlgorithms +diffie-hellman-group1-sha1'),
);

describe.skipIf(!haveSsh())('we read an ssh configuration as ssh itself does', () => {
	const {username: user, homedir: home, uid} = userInfo();
	const local = {home, user, userId: uid, hostName: hostname(), environment: process.env};
	const path = join(folder, 'config');

	test.each(configs)('$title', async ({text, hosts, files = {}, user, port}) => {
		for (const [name, content] of Object.entries(files)) {
			mkdirSync(dirname(join(folder, name)), {recursive: true});
			writeFileSync(join(folder, name), content);
		}

		for (const host of hosts) {
			await expectAgreement(text, {host, user, port, localUser: local.user});
		}
	});

	test('whatever stands in it', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(anyLine, {minLength: 3, maxLength: 18}),
				fc.constantFrom('web', 'db1', 'a.ex', '10.0.0.3'),
				fc.constantFrom(undefined, 'root'),
				(lines, host, user) =>
					expectAgreement(`${lines.join('\n')}\n`, {host, user, port: undefined, localUser: local.user}),
			),
			{numRuns: 300, seed: 20_261_121},
		);
	});

	async function expectAgreement(text: string, question: ConfigQuestion): Promise<void> {
		writeFileSync(path, text);
		const source = {kind: 'file', path} as const;
		const theirs = await askSystemSsh(source, question);
		if ('noAnswer' in theirs) {
			throw new Error(theirs.noAnswer);
		}

		const {host} = question;
		const ours = evaluateConfig(await readConfigFiles(source, home), question);
		expect({host, ...settingsOf(ours, host, local)}).toEqual({host, ...settingsOf(theirs, host, local)});
	}
});
