import {createHash} from 'node:crypto';
import {type Datastore, type EsxiHost, type Fault, fault, logged, type VirtualMachine} from './esxi-host.js';
import {diskAt, diskFilesFor, roomOf, type VirtualDisk} from './virtual-disk.js';
import {diskFiles, readVmx, type VmxSettings, vmxText, withSettings} from './vmx.js';

/** A file of a virtual machine: on which volume, and its path below that. */
export type VmPlace = {
	readonly store: Datastore;
	/** `vm1/vm1.vmx`. */
	readonly path: string;
	/** `vm1`. */
	readonly folder: string;
};

/** The VMFS volumes that the host gets to at this moment. */
export function mountedStores(host: EsxiHost): readonly Datastore[] {
	return host.disks
		.filter(({path}) => path !== 'dead')
		.flatMap(({datastores}) => datastores)
		.filter(({type}) => type.startsWith('VMFS-'));
}

/**
Where `/vmfs/volumes/LABEL/vm1/vm1.vmx` is, the volume by label or UUID; undefined: on no volume of this host.

Whether there is such a file is another question.
*/
export function placeOf(host: EsxiHost, path: string): VmPlace | undefined {
	const [, volume = '', below = ''] = /^\/vmfs\/volumes\/([^/]+)\/*(.*?)\/*$/.exec(path) ?? [];
	const store = mountedStores(host).find(({uuid, label}) => uuid === volume || (label !== '' && label === volume));
	const clean = below.replace(/\/{2,}/g, '/');
	return store && {store, path: clean, folder: clean.includes('/') ? clean.slice(0, clean.lastIndexOf('/')) : ''};
}

/** The path that the inventory keeps: by UUID. */
export function absolute({store, path}: VmPlace): string {
	return `/vmfs/volumes/${store.uuid}/${path}`;
}

/** As clients see a file: `[EC_iSCSI] vm1/vm1.vmx`; of a volume that is not there, by its path. */
export function shownPath(host: EsxiHost, path: string): string {
	const place = placeOf(host, path);
	return place === undefined ? path : `[${place.store.label}] ${place.path}`;
}

/** What is left on a volume, in bytes. */
export function freeBytesOf({freeBytes, files}: Datastore): number {
	return Object.entries(files).reduce((left, [path, text]) => left - roomOf(path, text), freeBytes);
}

/** The host with other files on a volume; undefined takes one away. */
export function writeFiles(
	host: EsxiHost,
	uuid: string,
	changes: Readonly<Record<string, string | undefined>>,
): EsxiHost {
	return changeStore(host, uuid, store => {
		const files = {...store.files};
		for (const [path, text] of Object.entries(changes)) {
			if (text === undefined) {
				delete files[path];
			} else {
				files[path] = text;
			}
		}

		return {...store, files};
	});
}

/** Takes or gives back the lock of a folder. */
export function setLock(host: EsxiHost, {store, folder}: VmPlace, holder: string | undefined): EsxiHost {
	return changeStore(host, store.uuid, ({locks, ...rest}) => {
		const {[folder]: _, ...others} = locks;
		return {...rest, locks: holder === undefined ? others : {...others, [folder]: holder}};
	});
}

function changeStore(host: EsxiHost, uuid: string, change: (store: Datastore) => Datastore): EsxiHost {
	return {
		...host,
		disks: host.disks.map(disk =>
			disk.datastores.some(store => store.uuid === uuid)
				? {...disk, datastores: disk.datastores.map(store => (store.uuid === uuid ? change(store) : store))}
				: disk,
		),
	};
}

export function findVm(host: EsxiHost, id: number): VirtualMachine | undefined {
	return host.vms.find(vm => vm.id === id);
}

export function changeVm(host: EsxiHost, id: number, change: Partial<VirtualMachine>): EsxiHost {
	return {...host, vms: host.vms.map(vm => (vm.id === id ? {...vm, ...change} : vm))};
}

/** Its vmx file as it is now; undefined: there is none, or nobody gets to it. */
export function vmxTextOf(host: EsxiHost, {vmx}: VirtualMachine): string | undefined {
	const place = placeOf(host, vmx);
	return place?.store.files[place.path];
}

/** The disks that its vmx has, as far as they are there. */
export function disksOf(host: EsxiHost, {vmx, settings}: VirtualMachine): readonly DiskOfVm[] {
	const place = placeOf(host, vmx);
	return diskFiles(settings).map(({slot, file}) => {
		const at = place === undefined ? undefined : diskPlace(host, place, file);
		return {slot, file, disk: at && diskAt(at.store.files, at.path), place: at};
	});
}

export type DiskOfVm = {
	readonly slot: string;
	/** As the vmx has it. */
	readonly file: string;
	/** Undefined: it is not there. */
	readonly disk: VirtualDisk | undefined;
	readonly place: VmPlace | undefined;
};

/** A disk beside the vmx, or by its whole path. */
function diskPlace(host: EsxiHost, {store, folder}: VmPlace, file: string): VmPlace | undefined {
	return placeOf(host, file.startsWith('/') ? file : `/vmfs/volumes/${store.uuid}/${folder}/${file}`);
}

/** Says something in hostd.log as hostd does, about one virtual machine or about none. Source: a field memo, ESXi 6.5. */
export function saidByHostd(host: EsxiHost, sub: string, text: string, now: number): EsxiHost {
	return logged(host, 'hostd.log', `info hostd[${host.hostd.pid}] [Originator@6876 sub=${sub}] ${text}`, now);
}

export function transition(host: EsxiHost, vmx: string, from: VmState, to: VmState, now: number): EsxiHost {
	return saidByHostd(host, `Vmsvc.vm:${vmx}`, `State Transition (VM_STATE_${from} -> VM_STATE_${to})`, now);
}

type VmState =
	| 'INITIALIZING'
	| 'OFF'
	| 'POWERING_ON'
	| 'ON'
	| 'POWERING_OFF'
	| 'SUSPENDING'
	| 'SUSPENDED'
	| 'UNREGISTERING'
	| 'GONE';

/** `exists`: a virtual machine has this vmx; the name of the fault is its id. `missing`: there is no such file. */
export function register(host: EsxiHost, path: string, name: string | undefined, now: number): EsxiHost | Fault {
	const place = placeOf(host, path);
	const text = place?.store.files[place.path];
	if (place === undefined || text === undefined || !place.path.endsWith('.vmx')) {
		return fault('missing', 'virtualMachine', path);
	}

	const vmx = absolute(place);
	const twin = host.vms.find(vm => vm.vmx === vmx);
	if (twin) {
		return fault('exists', 'virtualMachine', String(twin.id));
	}

	const settings = readVmx(text);
	if (settings === undefined) {
		return fault('invalid', 'virtualMachine', path);
	}

	const id = host.nextVmId;
	const shownName = name ?? settings['displayname'] ?? place.path.slice(place.folder.length + 1, -'.vmx'.length);
	const named =
		name === undefined
			? host
			: writeFiles(host, place.store.uuid, {
					[place.path]: withSettings(text, {displayName: name}),
				});
	const vm: VirtualMachine = {
		id,
		name: shownName,
		vmx,
		settings: {...settings, displayname: shownName},
		power: 'off',
		since: now,
		isStuck: false,
		hasCrashed: false,
	};
	const told = saidByHostd(
		named,
		'Vimsvc.TaskManager opID=vim-cmd user=root',
		`Task Created : haTask-ha-folder-vm-vim.Folder.registerVm-${107_999_000 + id}`,
		now,
	);
	const events = saidByHostd(
		transition({...told, vms: [...told.vms, vm], nextVmId: id + 1}, vmx, 'INITIALIZING', 'OFF', now),
		'Vimsvc.ha-eventmgr',
		`Event ${2_000 + id} : Registered ${shownName} on ${host.config.hostname} in ha-datacenter`,
		now,
	);
	return events;
}

/** Takes it out of the inventory; its files stay. */
export function unregister(host: EsxiHost, {id, vmx}: VirtualMachine, now: number): EsxiHost {
	const without: EsxiHost = {...host, vms: host.vms.filter(vm => vm.id !== id)};
	const forgotten = withAutostart(without, {
		autostartEntries: host.config.autostartEntries.filter(({vm}) => vm !== id),
	});
	return transition(transition(forgotten, vmx, 'OFF', 'UNREGISTERING', now), vmx, 'UNREGISTERING', 'GONE', now);
}

/** What hostd is told about autostart it writes to the boot bank at once. */
export function withAutostart(
	host: EsxiHost,
	change: Partial<Pick<EsxiHost['config'], 'autostart' | 'autostartDefaults' | 'autostartEntries'>>,
): EsxiHost {
	return {...host, config: {...host.config, ...change}, saved: {...host.saved, ...change}};
}

/** Reads the vmx anew. An unreadable one leaves it as it was: whether it is valid is asked of the file. */
export function reload(host: EsxiHost, vm: VirtualMachine): EsxiHost {
	const settings = readVmx(vmxTextOf(host, vm) ?? 'none');
	return settings === undefined ? host : changeVm(host, vm.id, {settings, name: settings['displayname'] ?? vm.name});
}

export type NewVm = {
	readonly name: string;
	readonly guestOs: string;
	readonly hardware: number;
	readonly cpus: number;
	readonly memoryMb: number;
	readonly disks: readonly VirtualDisk[];
	/** Port groups of its NICs. */
	readonly portGroups: readonly string[];
	/** Further lines of its vmx. */
	readonly settings?: VmxSettings;
};

/** Makes folder, vmx and disks of a virtual machine and registers it. `exists`: there is such a folder. */
export function createVm(host: EsxiHost, store: Datastore, vm: NewVm, now: number): EsxiHost | Fault {
	const {name} = vm;
	const path = `${name}/${name}.vmx`;
	if (Object.keys(store.files).some(file => file.startsWith(`${name}/`))) {
		return fault('exists', 'file', name);
	}

	const wanted = vm.disks.reduce((sum, {bytes, format}) => sum + (format === 'thin' ? 0 : bytes), 0);
	if (wanted > freeBytesOf(store)) {
		return fault('used', 'datastore', store.label);
	}

	const disks = vm.disks.map((disk, index) => ({disk, file: `${name}${index === 0 ? '' : `_${index}`}.vmdk`}));
	const settings: VmxSettings = {
		'.encoding': 'UTF-8',
		'config.version': '8',
		'virtualHW.version': String(vm.hardware),
		nvram: `${name}.nvram`,
		'pciBridge0.present': 'TRUE',
		displayName: name,
		guestOS: vm.guestOs,
		numvcpus: String(vm.cpus),
		memSize: String(vm.memoryMb),
		'scsi0.virtualDev': 'pvscsi',
		'scsi0.present': 'TRUE',
		...Object.fromEntries(
			disks.flatMap(({file}, index) => [
				[`scsi0:${index}.deviceType`, 'scsi-hardDisk'],
				[`scsi0:${index}.fileName`, file],
				[`scsi0:${index}.present`, 'TRUE'],
			]),
		),
		...Object.fromEntries(
			vm.portGroups.flatMap((portGroup, index) => [
				[`ethernet${index}.virtualDev`, 'vmxnet3'],
				...(portGroup === '' ? [] : [[`ethernet${index}.networkName`, portGroup]]),
				[`ethernet${index}.addressType`, 'generated'],
				[`ethernet${index}.present`, 'TRUE'],
			]),
		),
		'uuid.bios': uuidText(`${host.name} ${store.uuid} ${name} ${now}`),
		...vm.settings,
	};
	const files = {
		[`${name}/`]: '',
		[path]: vmxText(settings),
		[`${name}/${name}.vmsd`]: '',
		...Object.assign({}, ...disks.map(({disk, file}) => diskFilesFor(`${name}/${file}`, disk))),
	};
	return register(writeFiles(host, store.uuid, files), `/vmfs/volumes/${store.uuid}/${path}`, undefined, now);
}

/** What `uuid.location` says on this host: another host or another path makes it differ. */
export function locationOf(host: EsxiHost, vmx: string): string {
	return uuidText(`${host.name} ${vmx}`);
}

/** > | 56 4d 12 34 56 78 9a bc-de f0 12 34 56 78 9a bc */
export function uuidText(seed: string): string {
	const bytes = createHash('sha256').update(seed).digest('hex').match(/../g)?.slice(2, 16) ?? [];
	const all = ['56', '4d', ...bytes];
	return `${all.slice(0, 8).join(' ')}-${all.slice(8).join(' ')}`;
}
