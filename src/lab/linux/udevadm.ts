import type {CommandIo} from '../host.js';
import {type Answer, type Question, refused} from './command.js';
import {findDevice} from './disks.js';
import type {LinuxDisk, LinuxHost} from './linux-host.js';

const folders = ['/usr/lib/udev/rules.d', '/run/udev/rules.d', '/etc/udev/rules.d'];

/** `udevadm trigger` makes the links of the rules that are there; `control`, `settle`, `info` answer. */
export async function udevadm({args, host, user, io}: Question): Promise<Answer> {
	switch (args[0]) {
		case 'control':
			return user === 'root' ? {} : refused('Failed to send reload request: Permission denied', 2);
		case 'settle':
			return {};
		case 'trigger':
			return user === 'root' ? {host: withRules(host, await rules(io))} : {};
		case 'info':
			return info(args, host);
		default:
			return refused('udevadm: required command info, trigger, settle or control', 1);
	}
}

/** The lines of all rule files, in the order in which udev reads them. */
async function rules(io: CommandIo): Promise<readonly string[]> {
	const files: {readonly name: string; readonly path: string}[] = [];
	for (const folder of folders) {
		if (await io.fs.exists(folder)) {
			const names = await io.fs.readdir(folder);
			files.push(...names.filter(name => name.endsWith('.rules')).map(name => ({name, path: `${folder}/${name}`})));
		}
	}

	const texts = await Promise.all(
		files.toSorted((left, right) => (left.name < right.name ? -1 : 1)).map(({path}) => io.fs.readFile(path)),
	);
	return texts.flatMap(text => text.replaceAll('\\\n', '').split('\n')).filter(isRule);
}

function isRule(line: string): boolean {
	return /^\s*[^#\s]/.test(line);
}

/** A host that was described with rule files has the links that they give. */
export function withDescribedRules(host: LinuxHost): LinuxHost {
	const paths = Object.keys(host.files).filter(path => folders.some(folder => path.startsWith(`${folder}/`)));
	const lines = paths.toSorted().flatMap(path => (host.files[path]?.text ?? '').split('\n'));
	return lines.length === 0 ? host : withRules(host, lines.filter(isRule));
}

/** Every disk with the links that rules give it whose conditions its name and serial meet. */
function withRules(host: LinuxHost, lines: readonly string[]): LinuxHost {
	return {...host, disks: host.disks.map(disk => ({...disk, links: lines.flatMap(line => linksBy(line, disk))}))};
}

/** `KERNEL=="sd*",ENV{ID_SERIAL}=="3600…",SYMLINK+="cp-diska%n"`. A key that the lab does not know is met. */
function linksBy(line: string, disk: LinuxDisk): readonly string[] {
	const pairs = [...line.matchAll(/([A-Z]+(?:\{[^}]*\})?)\s*(==|!=|\+=|:=|=)\s*"([^"]*)"/g)].map(
		([, key = '', sign = '', value = '']) => ({key, sign, value}),
	);
	const isMet = pairs.every(({key, sign, value}) => {
		if (sign !== '==' && sign !== '!=') {
			return true;
		}

		const own = ownValues(key, disk);
		return own === undefined || own.some(each => matches(value, each)) === (sign === '==');
	});
	return isMet
		? pairs
				.filter(({key, sign}) => key === 'SYMLINK' && sign !== '==' && sign !== '!=')
				.flatMap(({value}) => value.split(' '))
				.filter(name => name !== '')
		: [];
}

/** What a key can be for this disk or one of its partitions; undefined: the lab does not say. */
function ownValues(key: string, disk: LinuxDisk): readonly string[] | undefined {
	switch (key) {
		case 'KERNEL':
			return [disk.name, ...disk.partitions.map(({number}) => `${disk.name}${number}`)];
		case 'SUBSYSTEM':
			return ['block'];
		case 'ENV{DEVTYPE}':
			return ['disk', 'partition'];
		case 'ENV{ID_SERIAL}':
			return [`3${disk.serial}`];
		case 'ENV{ID_SERIAL_SHORT}':
			return [disk.serial];
		case 'ENV{ID_WWN}':
		case 'ENV{ID_WWN_WITH_EXTENSION}':
			return [`0x${disk.serial}`];
		case 'RESULT':
			return [`3${disk.serial}`];
		default:
			return undefined;
	}
}

/** As udev matches: `*`, `?`, `[…]`, and `|` between patterns. */
function matches(pattern: string, text: string): boolean {
	const source = pattern
		.replaceAll(/[.+^${}()\\]/g, '\\$&')
		.replaceAll('*', '.*')
		.replaceAll('?', '.');
	return new RegExp(`^(?:${source})$`).test(text);
}

function info(args: readonly string[], host: LinuxHost): Answer {
	const path = args.find(word => word.startsWith('/dev/') || word.startsWith('--name='))?.replace('--name=', '') ?? '';
	const device = findDevice(host, path);
	if (device === undefined) {
		return refused('Unknown device, absolute path in /dev/ or /sys expected.');
	}

	const {disk, partition} = device;
	return {
		out: [
			`N: ${device.path.slice('/dev/'.length)}`,
			`E: DEVNAME=${device.path}`,
			`E: DEVTYPE=${partition === undefined ? 'disk' : 'partition'}`,
			`E: ID_SERIAL=3${disk.serial}`,
			`E: ID_SERIAL_SHORT=${disk.serial}`,
			`E: ID_WWN=0x${disk.serial}`,
			'',
		].join('\n'),
	};
}
