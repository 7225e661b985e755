import {posix} from 'node:path';
import type {CommandIo, LabCommand} from '../host.js';
import {command, type Surroundings} from '../linux/command.js';
import {findDevice, uuidOf} from '../linux/disks.js';
import {
	addAcl,
	addBackstore,
	addLun,
	addPortal,
	addTarget,
	changeTarget,
	cleared,
	DEFAULT_PORTAL,
	findTarget,
	type Lio,
	type Refusal,
	removeAcl,
	removeBackstore,
	removeLun,
	removePortal,
	removeTarget,
} from './configuration.js';
import {drawn, findPlace, treeOf} from './draw.js';
import {restored} from './restore.js';
import {SAVECONFIG, saveconfigText} from './saveconfig.js';

const banner = `targetcli shell version 2.1.53
Copyright 2011-2013 by Datera, Inc and others.
For help on commands, type 'help'.

`;

/** One session of targetcli: where it is in the tree. */
type Session = {cwd: string; readonly io: CommandIo; readonly surroundings: Surroundings};

/** `targetcli PATH COMMAND WORDS…`, or commands on standard input; the package `targetcli` brings it. */
function targetcli(surroundings: Surroundings): LabCommand {
	const isPresent = () => Object.hasOwn(surroundings.host().packages, 'targetcli');
	return {
		name: 'targetcli',
		isPresent,
		async run(args, io) {
			await io.sleep(400);
			if (io.user !== 'root') {
				io.err('You must be root.\n');
				return 1;
			}

			const session: Session = {cwd: '/', io, surroundings};
			if (args.length > 0) {
				return args[0] === '--version' ? said(io, 'targetcli version 2.1.53\n') : perform(args, session);
			}

			io.out(banner);
			for (const line of (await io.stdin()).split('\n')) {
				const words = wordsOf(line);
				if (words[0] === 'exit' || words[0] === 'quit') {
					break;
				}

				if (words.length > 0 && !words[0]?.startsWith('#')) {
					await perform(words, session);
				}
			}

			io.out('Global pref auto_save_on_exit=true\n');
			return save(session, SAVECONFIG);
		},
	};
}

/** `targetctl restore|save|clear [FILE]`, of the package `target-restore`; target.service runs it. */
function targetctl(surroundings: Surroundings): LabCommand {
	return {
		...command(surroundings, 'targetctl', 300, async ({args, host, user, io}) => {
			const [verb = '', file = SAVECONFIG] = args;
			if (user !== 'root') {
				return {err: 'You must be root to run targetctl.\n', status: 1};
			}

			switch (verb) {
				case 'restore': {
					const {lio, errors} = await restored(surroundings, io, file);
					return {host: {...surroundings.host(), lio}, err: errors.map(line => `${line}\n`).join('')};
				}
				case 'clear':
					return {host: {...host, lio: cleared(host.lio)}};
				case 'save':
					await write(io, file, host.lio);
					return {};
				default:
					return {err: 'usage: targetctl save|restore|clear [FILE]\n', status: 1};
			}
		}),
		isPresent: () => Object.hasOwn(surroundings.host().packages, 'target-restore'),
	};
}

export function lioCommands(surroundings: Surroundings): readonly LabCommand[] {
	return [targetcli(surroundings), targetctl(surroundings)];
}

const verbs = [
	'ls',
	'cd',
	'pwd',
	'create',
	'delete',
	'set',
	'get',
	'info',
	'enable',
	'disable',
	'saveconfig',
	'restoreconfig',
	'clearconfig',
	'help',
	'version',
	'sessions',
];

/** Does one line. What is refused is said, and is status 1. */
async function perform(line: readonly string[], session: Session): Promise<number> {
	const {io, surroundings} = session;
	const [first = '', ...others] = line;
	const isVerb = verbs.includes(first);
	const path = isVerb ? session.cwd : posix.resolve(session.cwd, first);
	const [verb = 'cd', ...args] = isVerb ? line : others;
	const lio = surroundings.host().lio;
	if (findPlace(tree(surroundings), path) === undefined) {
		return failed(io, `No such path ${path}`);
	}

	switch (verb) {
		case 'cd':
		case 'ls': {
			const [where = path, depth] = /^\d+$/.test(args[0] ?? '') ? [path, args[0]] : args;
			const wanted = posix.resolve(path, where);
			const found = findPlace(tree(surroundings), wanted);
			if (found === undefined) {
				return failed(io, `No such path ${wanted}`);
			}

			if (verb === 'ls') {
				return said(io, drawn(found, depth === undefined ? undefined : Number(depth)));
			}

			session.cwd = wanted;
			return 0;
		}
		case 'pwd':
			return said(io, `${path}\n`);
		case 'help':
			return said(io, `Available commands: ${verbs.join(' ')}\n`);
		case 'version':
			return said(io, 'targetcli version 2.1.53\n');
		case 'sessions':
			return said(io, '(no open sessions)\n');
		case 'info':
		case 'get':
			return said(io, '');
		case 'saveconfig':
			return path === '/' ? save(session, args[0] ?? SAVECONFIG) : failed(io, `Command not found saveconfig`);
		case 'restoreconfig': {
			const file = posix.resolve(io.cwd, args[0] ?? SAVECONFIG);
			if (!(await io.fs.exists(file))) {
				return failed(io, `Restore file ${file} not found`);
			}

			const {lio: next, errors} = await restored(surroundings, io, file);
			replace(surroundings, next);
			return said(
				io,
				`Configuration restored${errors.length > 0 ? ', with recoverable errors:' : ` from ${file}`}\n${errors.map(each => `${each}\n`).join('')}`,
			);
		}
		case 'clearconfig':
			if (!['confirm=True', 'True', 'confirm=true', 'true'].includes(args[0] ?? '')) {
				return failed(io, 'Please add confirm=true to clear all configuration');
			}

			replace(surroundings, cleared(lio));
			return said(io, 'All configuration cleared\n');
		default: {
			const done = change(verb, path, args, session);
			if ('refused' in done) {
				return failed(io, done.refused);
			}

			replace(surroundings, done.lio);
			return said(io, done.says);
		}
	}
}

type Done = {readonly lio: Lio; readonly says: string};

/** The places in which something can be made, deleted or set. */
function change(verb: string, path: string, args: readonly string[], session: Session): Done | Refusal {
	const {surroundings} = session;
	const {lio} = surroundings.host();
	const [, top = '', second = '', group = '', kind = ''] = path.split('/');
	if (path === '/' && verb === 'set' && args[0] === 'global') {
		return setPreferences(lio, args.slice(1));
	}

	if (path === '/backstores/block') {
		return verb === 'create'
			? createBackstore(args, session)
			: verb === 'delete'
				? deleteBackstore(lio, args)
				: unknown(verb);
	}

	if (path === '/iscsi') {
		return verb === 'create'
			? createTarget(lio, args, session)
			: verb === 'delete'
				? deleteTarget(lio, args)
				: unknown(verb);
	}

	if (top !== 'iscsi' || group !== 'tpg1') {
		return unknown(verb);
	}

	switch (kind) {
		case '':
			return changeGroup(lio, second, verb, args);
		case 'luns':
			return changeLuns(lio, second, verb, args);
		case 'acls':
			return changeAcls(lio, second, verb, args);
		case 'portals':
			return changePortals(lio, second, verb, args);
		default:
			return unknown(verb);
	}
}

function createBackstore(args: readonly string[], {surroundings, io}: Session): Done | Refusal {
	const {name = '', dev = '', readonly = 'false', wwn} = named(args, ['name', 'dev', 'readonly', 'wwn']);
	const host = surroundings.host();
	if (name === '' || dev === '') {
		return {refused: `Missing required parameter${name === '' ? ' name' : ''}${dev === '' ? ' dev' : ''}`};
	}

	if (findDevice(host, dev, surroundings.mirrors()) === undefined) {
		return {refused: `Cannot configure StorageObject because device ${dev} does not exist`};
	}

	const serial = wwn ?? uuidOf(`${host.name} ${name} ${io.now()}`);
	return changed(
		addBackstore(host.lio, {name, device: dev, serial, isReadOnly: /^true$/i.test(readonly)}),
		`Created block storage object ${name} using ${dev}.\n`,
	);
}

function deleteBackstore(lio: Lio, args: readonly string[]): Done | Refusal {
	const {name = ''} = named(args, ['name']);
	return changed(removeBackstore(lio, name), `Deleted storage object ${name}.\n`);
}

function createTarget(lio: Lio, args: readonly string[], {surroundings, io}: Session): Done | Refusal {
	const made = uuidOf(`${surroundings.host().name} target ${io.now()}`).slice(-12);
	const {wwn = `iqn.2003-01.org.linux-iscsi.${surroundings.host().hostname.split('.')[0]}.x8664:sn.${made}`} = named(
		args,
		['wwn'],
	);
	const portal = lio.addsDefaultPortal
		? `Global pref auto_add_default_portal=true\nCreated default portal listening on all IPs (0.0.0.0), port 3260.\n`
		: '';
	return changed(addTarget(lio, wwn), `Created target ${wwn}.\nCreated TPG 1.\n${portal}`);
}

function deleteTarget(lio: Lio, args: readonly string[]): Done | Refusal {
	const {wwn = ''} = named(args, ['wwn']);
	return changed(removeTarget(lio, wwn), `Deleted Target ${wwn}.\n`);
}

function changeGroup(lio: Lio, iqn: string, verb: string, args: readonly string[]): Done | Refusal {
	if (verb === 'enable' || verb === 'disable') {
		return changed(
			changeTarget(lio, iqn, target => ({...target, isEnabled: verb === 'enable'})),
			`The TPGT has been ${verb}d.\n`,
		);
	}

	if (verb !== 'set' || !['attribute', 'parameter', 'auth'].includes(args[0] ?? '')) {
		return unknown(verb);
	}

	const pairs = args.slice(1).map(word => word.split('='));
	const attributes = Object.fromEntries(pairs.map(([key = '', value = '']) => [key, value]));
	return changed(
		changeTarget(lio, iqn, target =>
			args[0] === 'attribute' ? {...target, attributes: {...target.attributes, ...attributes}} : target,
		),
		pairs.map(([key, value]) => `Parameter ${key} is now '${value}'.\n`).join(''),
	);
}

function changeLuns(lio: Lio, iqn: string, verb: string, args: readonly string[]): Done | Refusal {
	if (verb === 'delete') {
		const {lun = ''} = named(args, ['lun']);
		const number = Number(lun.replace(/^lun/, ''));
		return changed(removeLun(lio, iqn, number), `Deleted LUN ${number}.\n`);
	}

	if (verb !== 'create') {
		return unknown(verb);
	}

	const {storage_object = '', lun} = named(args, ['storage_object', 'lun', 'add_mapped_luns']);
	const [, name] = /^\/backstores\/block\/([^/]+)$/.exec(storage_object) ?? [];
	if (name === undefined) {
		return {refused: `Invalid storage object ${storage_object}.`};
	}

	const added = addLun(lio, iqn, name, lun === undefined ? undefined : Number(lun.replace(/^lun/, '')));
	if ('refused' in added) {
		return added;
	}

	const target = findTarget(added, iqn);
	const number = target?.luns.at(-1)?.number ?? 0;
	const mapped =
		target?.acls.map(acl => `Created LUN ${number}->${number} mapping in node ACL ${acl.initiator}\n`) ?? [];
	return {lio: added, says: `Created LUN ${number}.\n${mapped.join('')}`};
}

function changeAcls(lio: Lio, iqn: string, verb: string, args: readonly string[]): Done | Refusal {
	const {wwn = ''} = named(args, ['wwn', 'add_mapped_luns']);
	switch (verb) {
		case 'create': {
			const added = addAcl(lio, iqn, wwn);
			if ('refused' in added) {
				return added;
			}

			const luns = findTarget(added, iqn)?.acls.at(-1)?.luns ?? [];
			const mapped = luns.map(({number}) => `Created mapped LUN ${number}.\n`);
			return {lio: added, says: `Created Node ACL for ${wwn}\n${mapped.join('')}`};
		}
		case 'delete':
			return changed(removeAcl(lio, iqn, wwn), `Deleted Node ACL for ${wwn}.\n`);
		default:
			return unknown(verb);
	}
}

function changePortals(lio: Lio, iqn: string, verb: string, args: readonly string[]): Done | Refusal {
	const {ip_address = DEFAULT_PORTAL.address, ip_port = '3260'} = named(args, ['ip_address', 'ip_port']);
	const port = Number(ip_port);
	switch (verb) {
		case 'create':
			return changed(
				addPortal(lio, iqn, ip_address, port),
				`Using default IP port ${port}\nCreated network portal ${ip_address}:${port}.\n`,
			);
		case 'delete':
			return changed(removePortal(lio, iqn, ip_address, port), `Deleted network portal ${ip_address}:${port}\n`);
		default:
			return unknown(verb);
	}
}

function setPreferences(lio: Lio, words: readonly string[]): Done {
	const added = words.find(word => word.startsWith('auto_add_default_portal='))?.split('=')[1];
	return {
		lio: added === undefined ? lio : {...lio, addsDefaultPortal: /^true$/i.test(added)},
		says: words.map(word => `Parameter ${word.split('=')[0]} is now '${word.split('=')[1] ?? ''}'.\n`).join(''),
	};
}

/** `KEY=VALUE` words, and others in the order of the keys. */
function named(args: readonly string[], keys: readonly string[]): Readonly<Record<string, string | undefined>> {
	const given = args.filter(word => keys.some(key => word.startsWith(`${key}=`)));
	const others = args.filter(word => !given.includes(word));
	return Object.fromEntries([
		...keys.map((key, index) => [key, others[index]]),
		...given.map(word => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
	]);
}

function changed(result: Lio | Refusal, says: string): Done | Refusal {
	return 'refused' in result ? result : {lio: result, says};
}

function unknown(verb: string): Refusal {
	return {refused: `Command not found ${verb}`};
}

function tree(surroundings: Surroundings) {
	const host = surroundings.host();
	return treeOf(host.lio, device => findDevice(host, device, surroundings.mirrors())?.bytes);
}

function replace(surroundings: Surroundings, lio: Lio): void {
	surroundings.replace({...surroundings.host(), lio});
}

async function save({io, surroundings}: Session, file: string): Promise<number> {
	await write(io, posix.resolve(io.cwd, file), surroundings.host().lio);
	return said(io, `Configuration saved to ${file}\n`);
}

async function write(io: CommandIo, file: string, lio: Lio): Promise<void> {
	await io.fs.mkdir(posix.dirname(file), {recursive: true});
	await io.fs.writeFile(file, saveconfigText(lio));
	await io.fs.chmod(file, 0o600);
}

function said(io: CommandIo, text: string): number {
	io.out(text);
	return 0;
}

function failed(io: CommandIo, text: string): number {
	io.out(`${text}\n`);
	return 1;
}

/** As a shell splits it; quotes keep blanks. */
function wordsOf(line: string): readonly string[] {
	return [...line.trim().matchAll(/"([^"]*)"|'([^']*)'|\S+/g)].map(([word, one, other]) => one ?? other ?? word);
}
