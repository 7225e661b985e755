import * as z from 'zod';
import {Text} from '../../runbook/yaml.js';
import type {BigFile, DiskView, Vm, WindowsHost} from './host-state.js';
import {diskPlace, networkAdapter, newVm, withVm} from './vms.js';

export const WindowsPath = Text().regex(/^[C-Z]:\/[^\\]+$/, 'Write a path with its drive and `/`, such as D:/VM.');

/** A virtual machine as a lab file describes it: of the second generation, without secure boot. */
export const VmShape = z.strictObject({
	/** In MB. */
	memory: Text()
		.regex(/^[1-9]\d{0,8}$/, 'Write a whole number.')
		.transform(Number)
		.default(1024),
	/** One adapter on each. */
	switches: z.array(Text('Name a virtual switch.')).default([]),
	/** Its disks by path, with what each holds. */
	disks: z
		.record(WindowsPath, Text().regex(/^[1-9]\d{0,4}G( fixed)?$/, 'Write a size such as 30G, or 30G fixed.'))
		.default({}),
	/** Seconds behind its host; without it, it does not start with it. */
	autostart: z
		.string()
		.regex(/^\d{1,4}$/, 'Write a number of seconds.')
		.transform(Number)
		.optional(),
	power: z.enum(['on', 'off'], 'Write on or off.').default('on'),
});
export type DescribedVm = z.output<typeof VmShape>;

const GB = 1024 ** 3;
/** What a disk that grows takes at first. */
const DYNAMIC_BYTES = 4 * 1024 ** 2;

/**
The host with virtual machines that have been there since long. The files of their disks are there too, unless they are on a shared
volume: those are the failover cluster's to put there.
*/
export function withDescribedVms(
	host: WindowsHost,
	vms: Readonly<Record<string, DescribedVm>>,
	now: number,
): WindowsHost {
	return Object.entries(vms).reduce((before, [name, of]) => withDescribedVm(before, name, of, now), host);
}

function withDescribedVm(host: WindowsHost, name: string, of: DescribedVm, now: number): WindowsHost {
	const {memory, switches, disks, autostart, power} = of;
	const [first = ''] = Object.keys(disks);
	const folder = backslashed(first.split('/').slice(0, -2).join('/'));
	let vm: Vm = {
		...newVm(host, {name, generation: 2, memoryMb: memory, path: folder || host.migration.machinePath}),
		secureBoot: false,
		power: power === 'on' ? 'Running' : 'Off',
		guestOn: power === 'on',
		since: now - 60 * 60_000,
		startAction: autostart === undefined ? 'Nothing' : 'Start',
		startDelay: autostart ?? 0,
		stopAction: autostart === undefined ? 'Save' : 'ShutDown',
		adapters: switches.map((onSwitch, index) => networkAdapter(host, index, onSwitch)),
	};
	for (const file of Object.keys(disks)) {
		vm = {...vm, disks: [...vm.disks, {...diskPlace(vm), path: backslashed(file)}]};
	}

	const files = Object.entries(disks).map(([file, size]) => [file, describedDisk(size)] as const);
	return {...withVm(host, vm), made: host.made + 1, disks: host.disks.map(disk => withBigFiles(disk, files))};
}

/** A virtual disk as a file: a fixed one takes what it holds. */
export function describedDisk(size: string): BigFile {
	const holds = Number.parseInt(size, 10) * GB;
	return {bytes: size.endsWith('fixed') ? holds : DYNAMIC_BYTES, holds};
}

function withBigFiles(disk: DiskView, files: ReadonlyArray<readonly [path: string, file: BigFile]>): DiskView {
	const [letter] = Object.values(disk.letters);
	const own = files.flatMap(([path, file]) => (path.startsWith(`${letter}:/`) ? [[path.slice(3), file] as const] : []));
	if (disk.local === undefined || own.length === 0) {
		return disk;
	}

	const {layout} = disk.local;
	const partitions = layout.partitions.map(partition => ({
		...partition,
		files: {...partition.files, ...Object.fromEntries(own)},
	}));
	return {...disk, local: {...disk.local, layout: {...layout, partitions}}};
}

/** > | D:/VM -> D:\\VM */
export function backslashed(path: string): string {
	return path.replaceAll('/', '\\');
}
