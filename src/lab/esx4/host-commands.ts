import {row} from '../esxi/command.js';
import type {LabCommand} from '../host.js';
import {linkIsUp} from '../world/network.js';
import {type Answer, command, type Question, refused, type Surroundings} from './command.js';
import {vmkernelOf} from './esx4-host.js';
import {esx4Power} from './power.js';
import {release} from './release.js';

const RESCAN_MS = 4_000;

/** What else somebody types at the prompt of a service console. */
export function hostCommands(surroundings: Surroundings): readonly LabCommand[] {
	return [
		command(surroundings, 'vmware', 50, vmware),
		command(surroundings, 'esxcfg-rescan', RESCAN_MS, rescan),
		command(surroundings, 'esxcfg-scsidevs', 300, scsiDevices),
		command(surroundings, 'vdf', 50, vdf),
		command(surroundings, 'ethtool', 20, ethtool),
		command(surroundings, 'reboot', 100, question => leave(question, 'boot')),
		...['poweroff', 'halt'].map(name => command(surroundings, name, 100, question => leave(question, 'off'))),
	];
}

function vmware({args: [word = '-v']}: Question): Answer {
	return word === '-v' ? {out: `VMware ESX ${release.version} build-${release.build}\n`} : refused('Usage: vmware -v');
}

/** Says which adapter it scans; what a disk of the lab is connected to is there without it. */
function rescan({args: [adapter], host}: Question): Answer {
	return adapter !== undefined && /^vmhba\d+$/.test(adapter)
		? {
				out: `Rescanning ${adapter}... done.\nOn scsi${adapter.slice(5)}, removing: .\nOn scsi${adapter.slice(5)}, adding: ${vmkernelOf(
					host,
				)
					.disks.map((_, index) => `0:0:${index}`)
					.join(' ')}.\n`,
			}
		: refused('esxcfg-rescan <vmhba>');
}

/** `-c`: every device; `-m`: the VMFS volumes on them. */
function scsiDevices({args: [word = '-l'], host}: Question): Answer {
	const {disks} = vmkernelOf(host);
	if (word === '-m') {
		const rows = disks.flatMap(({name, datastores}, index) =>
			datastores.map(({partition, uuid, label}) => [
				`${name}:${partition}`,
				`/dev/sd${letter(index)}${partition}`,
				uuid,
				' 0 ',
				label,
			]),
		);
		return {out: rows.map(cells => `${cells.join(' ')}\n`).join('')};
	}

	if (word !== '-c') {
		return refused('esxcfg-scsidevs -c | -m');
	}

	const widths = [Math.max(22, ...disks.map(({name}) => name.length)) + 2, 17, 21, 12, 10, 20];
	const rows = disks.map(({name, vendor, model, sectors}, index) => [
		name,
		'Direct-Access',
		`/dev/sd${letter(index)}`,
		`${Math.floor(sectors / 2048)}MB`,
		'NMP',
		`Local ${vendor.trim()} Disk (${model.trim()})`,
	]);
	const header = ['Device UID', 'Device Type', 'Console Device', 'Size', 'Multipath', 'Display Name'];
	return {out: [header, ...rows].map(cells => `${row(widths, cells).trimEnd()}\n`).join('')};
}

function letter(index: number): string {
	return String.fromCharCode(97 + index);
}

/** `df` with the VMFS volumes. */
function vdf({host}: Question): Answer {
	const rows = vmkernelOf(host).disks.flatMap(({datastores}) =>
		datastores.map(({uuid, bytes, freeBytes}) => {
			const [all, free] = [bytes, freeBytes].map(each => Math.floor(each / 1024));
			const used = (all ?? 0) - (free ?? 0);
			return `/vmfs/volumes/${uuid}\n                     ${String(all).padStart(9)} ${String(used).padStart(9)} ${String(free).padStart(9)} ${String(Math.round((used / (all || 1)) * 100)).padStart(3)}% /vmfs/volumes/${uuid}\n`;
		}),
	);
	return {out: `Filesystem           1K-blocks      Used Available Use% Mounted on\n${rows.join('')}`};
}

/** Of a NIC: whether there is a link. */
function ethtool({args: [name = ''], host}: Question): Answer {
	const nic = vmkernelOf(host).nics.find(each => each.name === name);
	return nic === undefined
		? refused(`Settings for ${name}:\nCannot get device settings: No such device\nNo data available`, 71)
		: {
				out: `Settings for ${name}:\n\tSpeed: 1000Mb/s\n\tDuplex: Full\n\tLink detected: ${linkIsUp(nic) ? 'yes' : 'no'}\n`,
			};
}

/** Returns at once; the host goes down a little later. `-f` does not wait for anything. */
function leave({args, host, now, user}: Question, andThen: 'off' | 'boot'): Answer {
	if (user !== 'root') {
		return refused('must be superuser.');
	}

	if (!args.includes('-f')) {
		return {host: esx4Power.shutDown(host, andThen, now)};
	}

	const off = esx4Power.cutPower(host);
	return {host: andThen === 'boot' ? esx4Power.powerOn(off, now) : off};
}
