import type {WorldTime} from '../host.js';
import type {Datastore, EsxiHost, VirtualMachine} from '../world/esxi-host.js';
import {releaseOf} from '../world/esxi-release.js';
import {
	absolute,
	changeVm,
	createVm,
	disksOf,
	findVm,
	locationOf,
	mountedStores,
	placeOf,
	reload,
	saidByHostd,
	setLock,
	transition,
	unregister,
	uuidText,
	type VmPlace,
	vmxTextOf,
	withAutostart,
	writeFiles,
} from '../world/inventory.js';
import type {Member} from '../world/member.js';
import {linkIsUp} from '../world/network.js';
import {isUp} from '../world/power-cycle.js';
import {flatOf} from '../world/virtual-disk.js';
import {isTrueSetting, readVmx, withSettings} from '../world/vmx.js';
import type {MachineRoom} from './platform.js';

/**
How long a host that wants the lock of a dead one watches whether that one is really silent.

No document of the project says so; VMFS renews its heartbeat every 3 s and gives one up after 16 s.
*/
export const STALE_LOCK_MS = 20_000;
/** A virtual machine whose lock another host has, and about which nobody answers, ends by itself after this long: a guess. */
const LOCK_LOST_ENDS_MS = 60_000;
/** A guest system that no host of the lab file looks into. */
const NAMELESS_BOOTS_MS = 60_000;
/** VMware Tools run for this long before their first heartbeat is counted. */
const FIRST_HEARTBEAT_MS = 10_000;

/**
- `own`: this host has it; `free`: nobody.
- `held`: another host does, and lives.
- `stale`: another host did, which is dead or does not reach the volume any more.
*/
type LockState = 'free' | 'own' | 'held' | 'stale';

export type PowerOn =
	| {readonly kind: 'done'}
	/** It waits for an answer. */
	| {readonly kind: 'asks'}
	/** The lock is a dead host's: look at it for `STALE_LOCK_MS`, then begin again with `takeOver`. */
	| {readonly kind: 'contended'}
	| {readonly kind: 'failed'; readonly because: string};

function lockOf(room: MachineRoom, host: EsxiHost, {store, folder}: VmPlace): LockState {
	const holder = store.locks[folder];
	if (holder === undefined || holder === host.name) {
		return holder === undefined ? 'free' : 'own';
	}

	const other = room.hosts().find(({name}) => name === holder);
	// Nobody whom we know: somebody else's host, and alive
	return other === undefined || (serverOf(other, store) === serverOf(host, store) && runsIn(other, store, folder))
		? 'held'
		: 'stale';
}

/**
Whose disk the volume is on: two servers of a mirror may show one volume each, which have nothing to do with each other. One that
comes over no iSCSI is the same for all who see it.
*/
function serverOf({name, disks, initiator}: EsxiHost, {uuid}: Datastore): string {
	const lun = disks.find(({datastores}) => datastores.some(store => store.uuid === uuid))?.lun;
	const session = lun && initiator.sessions.find(({target}) => target === lun.target);
	return lun === undefined ? uuid : session === undefined ? name : (session.peer.split('#')[0] ?? '');
}

/** Whether a host reaches this very volume, and has a virtual machine at work in the folder. */
function runsIn(host: EsxiHost, {uuid}: Datastore, folder: string): boolean {
	return (
		isUp(host) &&
		host.vms.some(vm => {
			const place = placeOf(host, vm.vmx);
			return (vm.power === 'on' || vm.question !== undefined) && place?.store.uuid === uuid && place.folder === folder;
		})
	);
}

/** Another host, which lives, has the files of a virtual machine. */
export function isHeldElsewhere(room: MachineRoom, host: EsxiHost, place: VmPlace): boolean {
	return lockOf(room, host, place) === 'held';
}

/** hostd cannot read its vmx: the volume or the file is not there, or another host has it. */
export function isInvalid(room: MachineRoom, host: EsxiHost, vm: VirtualMachine): boolean {
	if (vm.power === 'on' || vm.question !== undefined) {
		return false;
	}

	const place = placeOf(host, vm.vmx);
	const text = vmxTextOf(host, vm);
	return (
		place === undefined || text === undefined || readVmx(text) === undefined || lockOf(room, host, place) === 'held'
	);
}

export function powerOn(room: MachineRoom, name: string, id: number, now: WorldTime, takeOver = false): PowerOn {
	const before = room.host(name);
	const found = findVm(before, id);
	const place = found && placeOf(before, found.vmx);
	if (found === undefined || place === undefined || vmxTextOf(before, found) === undefined) {
		return {kind: 'failed', because: 'The object or item referred to could not be found.'};
	}

	if (found.power === 'on') {
		return {kind: 'failed', because: 'The attempted operation cannot be performed in the current state (Powered On).'};
	}

	const lock = lockOf(room, before, place);
	if (lock === 'held' || (lock === 'stale' && !takeOver)) {
		return lock === 'stale' ? {kind: 'contended'} : refuse(room, before, found, place, 'Failed to lock the file', now);
	}

	const host = reload(before, found);
	const vm = findVm(host, id) ?? found;
	const missing = disksOf(host, vm).find(({disk}) => disk === undefined);
	if (readVmx(vmxTextOf(host, vm) ?? '') === undefined || missing !== undefined) {
		const because =
			missing === undefined
				? `File [${place.store.label}] ${place.path}: syntax error`
				: `Cannot open the disk '${missing.file}' or one of the snapshot disks it depends on: The system cannot find the file specified`;
		return refuse(room, host, vm, place, because, now);
	}

	const locked = transition(setLock(host, place, name), vm.vmx, 'OFF', 'POWERING_ON', now);
	const location = vm.settings['uuid.location'];
	const decided = vm.settings['uuid.action'];
	if (location !== undefined && location !== locationOf(host, vm.vmx) && decided === undefined) {
		room.replace(ask(locked, vm, 'moved-or-copied', now));
		return {kind: 'asks'};
	}

	room.replace(locked);
	start(room, name, id, now, decided?.toLowerCase() === 'create');
	return {kind: 'done'};
}

function refuse(
	room: MachineRoom,
	host: EsxiHost,
	vm: VirtualMachine,
	{store, folder}: VmPlace,
	because: string,
	now: WorldTime,
): PowerOn {
	const log = `${folder}/vmware.log`;
	const line = `${new Date(now).toISOString()} In(05) vmx - Msg_Post: Error: ${because}\n`;
	const logged = writeFiles(host, store.uuid, {[log]: `${store.files[log] ?? ''}${line}`});
	const failed = transition(transition(logged, vm.vmx, 'OFF', 'POWERING_ON', now), vm.vmx, 'POWERING_ON', 'OFF', now);
	room.replace(saidByHostd(failed, `Vmsvc.vm:${vm.vmx}`, `Failed to power on: ${because}`, now));
	return {kind: 'failed', because};
}

/** Puts a question; ids of questions rise. */
function ask(
	host: EsxiHost,
	vm: VirtualMachine,
	about: NonNullable<VirtualMachine['question']>['about'],
	now: WorldTime,
): EsxiHost {
	const asked = changeVm(host, vm.id, {question: {id: Math.floor(now / 1000) % 100_000, about, at: now}});
	return saidByHostd(asked, `Vmsvc.vm:${vm.vmx}`, `Question info: ${about} for ${vm.name}`, now);
}

/** A locked virtual machine begins to run, and the host of the lab file in it boots. */
function start(room: MachineRoom, name: string, id: number, now: WorldTime, isCopy: boolean): void {
	const host = room.host(name);
	const vm = findVm(host, id);
	const place = vm && placeOf(host, vm.vmx);
	if (vm === undefined || place === undefined) {
		return;
	}

	const text = withSettings(vmxTextOf(host, vm) ?? '', {
		'uuid.location': locationOf(host, vm.vmx),
		...(isCopy || vm.settings['uuid.bios'] === undefined
			? {'uuid.bios': uuidText(`${host.name} ${vm.vmx} ${now}`)}
			: {}),
	});
	const guest = room.guest(vm.name);
	room.busy(vm.name, () => {
		const isOn = transition(writeFiles(host, place.store.uuid, {[place.path]: text}), vm.vmx, 'POWERING_ON', 'ON', now);
		const started = changeVm(isOn, id, {power: 'on', since: now, isStuck: false, hasCrashed: false});
		room.replace(reload(withoutQuestion(started, id), findVm(started, id) ?? vm));
		if (guest !== undefined && hasSystem(started, vm, guest)) {
			boot(guest, name, now);
		}
	});
}

/** It boots on this host, whatever it was doing on another one. */
function boot(guest: Member, host: string, now: WorldTime): void {
	guest.moveTo?.(host);
	if (guest.labHost().power.kind !== 'off') {
		guest.cutPower(now);
	}

	guest.powerOn(now);
}

/** Whether the system of this host is on the first disk. */
function hasSystem(host: EsxiHost, vm: VirtualMachine, guest: Member): boolean {
	return guest.isInstalled !== false && disksOf(host, vm)[0]?.disk?.system === guest.name;
}

function withoutQuestion(host: EsxiHost, id: number): EsxiHost {
	return {
		...host,
		vms: host.vms.map(vm => {
			const {question: _, ...rest} = vm;
			return vm.id === id ? rest : vm;
		}),
	};
}

/**
Carries a virtual machine to another host of the room while it runs: nobody asks whether it was moved, and nothing boots.

Throws an Error with a sentence.
*/
export function migrate(room: MachineRoom, from: string, id: number, to: string, now: WorldTime): void {
	const vm = findVm(room.host(from), id);
	const place = vm && placeOf(room.host(to), vm.vmx);
	if (vm?.power !== 'on' || place === undefined) {
		throw new Error(
			`A virtual machine that does not run on ${from}, or that ${to} does not see, cannot be carried there`,
		);
	}

	room.busy(vm.name, () => {
		const {question: _, ...rest} = vm;
		room.replace(unregister(room.host(from), vm, now));
		const target = room.host(to);
		const others = target.vms.filter(each => each.vmx !== vm.vmx);
		const arrived = {...target, vms: [...others, {...rest, id: target.nextVmId}], nextVmId: target.nextVmId + 1};
		room.replace(setLock(located(arrived, target.nextVmId), place, to));
		room.guest(vm.name)?.moveTo?.(to);
	});
}

/** At once, as if its cord were pulled. */
export function powerOff(
	room: MachineRoom,
	name: string,
	id: number,
	now: WorldTime,
	becomes: 'off' | 'suspended' = 'off',
): void {
	const host = room.host(name);
	const vm = findVm(host, id);
	if (vm === undefined) {
		return;
	}

	const place = placeOf(host, vm.vmx);
	const isOurs = place !== undefined && place.store.locks[place.folder] === name;
	const [from, to] = becomes === 'off' ? (['POWERING_OFF', 'OFF'] as const) : (['SUSPENDING', 'SUSPENDED'] as const);
	const going = transition(transition(host, vm.vmx, 'ON', from, now), vm.vmx, from, to, now);
	const off = changeVm(withoutQuestion(going, id), id, {power: becomes, since: now, isStuck: false});
	room.busy(vm.name, () => {
		room.replace(isOurs ? setLock(off, place, undefined) : off);
		const guest = room.guest(vm.name);
		if (guest?.runsOn === name && guest.labHost().power.kind !== 'off') {
			handOver(room, guest, name, now);
		}
	});
}

/** The instance on this host is over. Where another host runs a second one, that is what the lab file's host is from now on. */
function handOver(room: MachineRoom, guest: Member, from: string, now: WorldTime): void {
	const other = room
		.hosts()
		.find(host => host.name !== from && isUp(host) && host.vms.some(vm => vm.name === guest.vm && vm.power === 'on'));
	if (other === undefined) {
		guest.cutPower(now);
	} else {
		guest.moveTo?.(other.name);
	}
}

export function forget(room: MachineRoom, name: string, id: number, now: WorldTime): void {
	const host = room.host(name);
	const vm = findVm(host, id);
	if (vm === undefined) {
		return;
	}

	room.busy(vm.name, () => {
		room.replace(unregister(host, vm, now));
		const guest = room.guest(vm.name);
		if (guest?.runsOn === name) {
			guest.moveTo?.(undefined);
		}
	});
}

/** A virtual machine that is registered here now is where its lab file's host will run, unless that is at work elsewhere. */
export function bind(room: MachineRoom, name: string, vm: string): void {
	const guest = room.guest(vm);
	if (guest !== undefined && guest.runsOn !== name && guest.labHost().power.kind === 'off') {
		room.busy(vm, () => guest.moveTo?.(name));
	}
}

/** `number` is one of those that the question offers. */
export function answer(room: MachineRoom, name: string, id: number, number: number, now: WorldTime): void {
	const host = room.host(name);
	const vm = findVm(host, id);
	const place = vm && placeOf(host, vm.vmx);
	switch (vm?.question?.about) {
		case undefined:
			return;
		case 'lock-lost':
			powerOff(room, name, id, now);
			return;
		case 'moved-or-copied':
			if (number !== 0) {
				start(room, name, id, now, number === 2);
			} else if (vm !== undefined) {
				const free = place === undefined ? host : setLock(host, place, undefined);
				room.replace(transition(withoutQuestion(free, id), vm.vmx, 'POWERING_ON', 'OFF', now));
			}
	}
}

export type Heartbeat = 'green' | 'red' | 'gray';

/** What VMware Tools in it let hostd know. */
export function heartbeatOf(room: MachineRoom, host: EsxiHost, vm: VirtualMachine, now: WorldTime): Heartbeat {
	if (vm.power !== 'on') {
		return 'gray';
	}

	if (vm.question !== undefined || vm.isStuck) {
		return 'red';
	}

	const guest = room.guest(vm.name);
	if (guest !== undefined && guest.runsOn === host.name) {
		const {power} = guest.labHost();
		return power.kind === 'on' ? 'green' : power.kind === 'booting' ? untilGreen(power.until - now) : 'gray';
	}

	const system = disksOf(host, vm)[0]?.disk?.system;
	return system === undefined ? 'gray' : untilGreen(vm.since + NAMELESS_BOOTS_MS - now);
}

function untilGreen(ms: number): Heartbeat {
	return ms <= 0 ? 'green' : ms <= FIRST_HEARTBEAT_MS ? 'red' : 'gray';
}

/**
Lets the virtual machines of a host follow what happened around them: guests that shut down or were switched on, power and
volumes that are gone, locks that another host has. True: something changed.
*/
export function follow(room: MachineRoom, name: string, now: WorldTime): boolean {
	const before = room.host(name);
	if (isUp(before)) {
		adoptGuests(room, name, now);
		adoptDeployed(room, name, now);
		for (const {id} of room.host(name).vms) {
			followOne(room, name, id, now);
		}
		autostart(room, name, now);
	} else {
		losePower(room, name, now);
	}

	return room.host(name) !== before;
}

function losePower(room: MachineRoom, name: string, now: WorldTime): void {
	const host = room.host(name);
	for (const {id, power, question} of host.vms) {
		if (power === 'on' || question !== undefined) {
			const change = {power: 'off', since: now, isStuck: false, hasCrashed: true} as const;
			const off = changeVm(withoutQuestion(room.host(name), id), id, change);
			room.replace(off);
		}
	}

	for (const guest of room.guests(name)) {
		if (guest.labHost().power.kind !== 'off') {
			handOver(room, guest, name, now);
		}
	}
}

function followOne(room: MachineRoom, name: string, id: number, now: WorldTime): void {
	const host = room.host(name);
	const vm = findVm(host, id);
	if (vm === undefined || room.isBusy(vm.name)) {
		return;
	}

	const guest = room.guest(vm.name);
	const isHere = guest !== undefined && guest.runsOn === name;
	const guestIsOn = guest !== undefined && guest.labHost().power.kind !== 'off';
	if (guest?.protectedBy !== undefined && guest.runsOn !== undefined && !isHere) {
		powerOff(room, name, id, now);
		dropCopy(room, room.host(name), vm, now);
	} else if (isHere && guestIsOn && vm.power !== 'on') {
		const place = placeOf(host, vm.vmx);
		const locked = place === undefined ? host : setLock(host, place, name);
		room.replace(changeVm(withoutQuestion(locked, id), id, {power: 'on', since: now}));
	} else if (isHere && !guestIsOn && vm.power === 'on' && hasSystem(host, vm, guest)) {
		powerOff(room, name, id, now);
	} else if (vm.power === 'on') {
		watchLock(room, host, vm, now);
	}
}

/** A guest that a cluster group takes along in the short form has left nothing behind. */
function dropCopy(room: MachineRoom, host: EsxiHost, vm: VirtualMachine, now: WorldTime): void {
	const place = placeOf(host, vm.vmx);
	const gone = Object.keys(place?.store.files ?? {}).filter(path => path.startsWith(`${place?.folder}/`));
	const left = unregister(host, vm, now);
	room.replace(
		place === undefined
			? left
			: writeFiles(left, place.store.uuid, Object.fromEntries(gone.map(path => [path, undefined]))),
	);
}

function watchLock(room: MachineRoom, host: EsxiHost, vm: VirtualMachine, now: WorldTime): void {
	const place = placeOf(host, vm.vmx);
	if (place === undefined) {
		return;
	}

	const lock = lockOf(room, host, place);
	if (lock === 'free' || lock === 'stale') {
		room.replace(setLock(host, place, host.name));
	} else if (lock === 'held' && vm.question === undefined) {
		room.replace(ask(host, vm, 'lock-lost', now));
	} else if (lock === 'held' && vm.question !== undefined && now - vm.question.at >= LOCK_LOST_ENDS_MS) {
		powerOff(room, host.name, vm.id, now);
	}
}

/** A guest of the lab file that has no entry here yet gets folder, vmx, disks and entry. */
function adoptGuests(room: MachineRoom, name: string, now: WorldTime): void {
	for (const guest of room.guests(name)) {
		const host = room.host(name);
		const {hardware, vm} = guest;
		if (hardware === undefined || vm === undefined || room.isBusy(vm) || host.vms.some(each => each.name === vm)) {
			continue;
		}

		const stores = mountedStores(host);
		const store = stores.find(({label}) => hardware.datastore === undefined || label === hardware.datastore);
		const there = store && placeOf(host, `/vmfs/volumes/${store.uuid}/${vm}/${vm}.vmx`);
		if (there !== undefined && Object.hasOwn(there.store.files, there.path)) {
			continue;
		}

		const created =
			store &&
			createVm(
				host,
				store,
				{
					name: vm,
					guestOs: hardware.guestOs,
					hardware: releaseOf(host).hardware,
					cpus: hardware.cpus,
					memoryMb: hardware.memoryMb,
					disks: hardware.disks.map((bytes, index) => ({
						bytes,
						format: 'zeroedthick' as const,
						...(index === 0 && guest.isInstalled !== false ? {system: guest.name} : {}),
					})),
					portGroups: hardware.networks.map(network => portGroupTo(host, network)),
					settings: hardware.settings ?? {},
				},
				now,
			);
		if (created !== undefined && created.kind !== 'fault') {
			const id = created.nextVmId - 1;
			room.replace(guest.autostart ? autostarted(located(created, id), id) : located(created, id));
		}
	}
}

/** A virtual machine that the lab file has deployed here gets folder, vmx, disk and entry once its datastore is mounted. */
function adoptDeployed(room: MachineRoom, name: string, now: WorldTime): void {
	for (const wanted of room.host(name).deployed) {
		const host = room.host(name);
		if (mountedStores(host).some(({label}) => label === wanted.datastore)) {
			room.replace({...host, deployed: host.deployed.filter(each => each !== wanted)});
			deploy(room, name, wanted.name, wanted.datastore, now);
			runSinceLong(room, name, wanted, now);
		}
	}
}

/** Of one that was just deployed: nobody asks whether it was moved, and where it is on it has been so for an hour. */
function runSinceLong(
	room: MachineRoom,
	name: string,
	{name: vm, power}: EsxiHost['deployed'][number],
	now: WorldTime,
): void {
	const host = room.host(name);
	const made = host.vms.find(each => each.name === vm);
	if (made === undefined) {
		return;
	}

	const here = located(host, made.id);
	const place = placeOf(here, made.vmx);
	room.replace(
		power === 'off' || place === undefined
			? here
			: changeVm(setLock(here, place, name), made.id, {power: 'on', since: now - 60 * 60_000}),
	);
}

/** It was here before: nobody asks whether it was moved. */
function located(host: EsxiHost, id: number): EsxiHost {
	const vm = findVm(host, id);
	const place = vm && placeOf(host, vm.vmx);
	if (vm === undefined || place === undefined) {
		return host;
	}

	const text = withSettings(vmxTextOf(host, vm) ?? '', {'uuid.location': locationOf(host, absolute(place))});
	const written = writeFiles(host, place.store.uuid, {[place.path]: text});
	return reload(written, vm);
}

function autostarted(host: EsxiHost, id: number): EsxiHost {
	const {autostartEntries} = host.config;
	const entry = {
		vm: id,
		startAction: 'powerOn',
		startDelay: -1,
		startOrder: autostartEntries.length + 1,
		stopAction: 'systemDefault',
		stopDelay: -1,
		waitForHeartbeat: 'systemDefault',
	};
	return withAutostart(host, {autostart: true, autostartEntries: [...autostartEntries, entry]});
}

/** A port group of virtual machines whose switch has an uplink to the network; empty: none has. */
function portGroupTo({nics, config}: EsxiHost, network: string): string {
	const found = config.switches.find(({uplinks}) =>
		nics.some(nic => nic.network === network && uplinks.includes(nic.name)),
	);
	return found?.portGroups.find(({name}) => !config.vmknics.some(({portGroup}) => portGroup === name))?.name ?? '';
}

/** The networks that the uplinks of a virtual NIC's switch get to; a vmx that does not name a port group has all of the host. */
export function networksOfGuest(host: EsxiHost, vm: string | undefined, number: number): readonly string[] {
	const settings = host.vms.find(({name}) => name === vm)?.settings;
	if (settings !== undefined && !isTrueSetting(settings[`ethernet${number}.present`])) {
		return [];
	}

	const portGroup = settings?.[`ethernet${number}.networkname`];
	const switches =
		portGroup === undefined
			? host.config.switches
			: host.config.switches.filter(({portGroups}) => portGroups.some(({name}) => name === portGroup));
	const uplinks = switches.flatMap(each => each.uplinks);
	return host.nics.filter(nic => linkIsUp(nic) && uplinks.includes(nic.name)).map(({network}) => network);
}

/** Starts whatever has its turn after a boot. */
function autostart(room: MachineRoom, name: string, now: WorldTime): void {
	const {autostarting} = room.host(name);
	if (autostarting === undefined || autostarting.at > now) {
		return;
	}

	const [id, ...left] = autostarting.left;
	const {autostarting: _, ...rest} = room.host(name);
	const vm = id === undefined ? undefined : findVm(room.host(name), id);
	const delay = vm === undefined ? 0 : startDelayMs(room.host(name), vm.id);
	room.replace(left.length === 0 ? rest : {...rest, autostarting: {left, at: autostarting.at + delay}});
	if (vm !== undefined && vm.power !== 'on') {
		const result = powerOn(room, name, vm.id, now, true);
		if (result.kind === 'failed') {
			room.replace(
				saidByHostd(
					room.host(name),
					'Vimsvc.ha-eventmgr',
					`Auto power on of ${vm.name} failed: ${result.because}`,
					now,
				),
			);
		}
	}

	autostart(room, name, now);
}

function startDelayMs({config}: EsxiHost, id: number): number {
	const delay = config.autostartEntries.find(({vm}) => vm === id)?.startDelay ?? -1;
	return (delay < 0 ? config.autostartDefaults.startDelay : delay) * 1000;
}

/** When something will happen to its virtual machines by itself; undefined: nothing will. */
export function nextChangeOfVms({autostarting, vms, power}: EsxiHost): WorldTime | undefined {
	const instants = [
		...(power.kind === 'on' && autostarting !== undefined ? [autostarting.at] : []),
		...vms.flatMap(({question}) => (question?.about === 'lock-lost' ? [question.at + LOCK_LOST_ENDS_MS] : [])),
	];
	return instants.length === 0 ? undefined : Math.min(...instants);
}

/**
A person puts the system of a guest onto the first disk of its virtual machine, which runs from then on.

Throws an Error with a sentence.
*/
export function install(room: MachineRoom, name: string, guest: Member, now: WorldTime): void {
	const host = room.host(name);
	const vm = host.vms.find(each => each.name === guest.vm);
	const first = vm && disksOf(host, vm)[0];
	if (vm === undefined || first?.place === undefined || first.disk === undefined) {
		throw new Error(`${host.label} has no virtual machine ${guest.vm} with a disk to install a system on`);
	}

	const flat = flatOf(first.place.path);
	const text = (first.place.store.files[flat] ?? '').replace(/^# system .*\n/m, '');
	room.replace(writeFiles(host, first.place.store.uuid, {[flat]: `${text}# system ${guest.name}\n`}));
	const result = vm.power === 'on' ? undefined : powerOn(room, name, vm.id, now, true);
	if (result?.kind === 'failed') {
		throw new Error(`${vm.name} cannot be powered on: ${result.because}`);
	}
}

/** A person deploys a virtual machine with a system on it, switched off. Throws an Error with a sentence. */
export function deploy(room: MachineRoom, name: string, vm: string, label: string, now: WorldTime): string {
	const host = room.host(name);
	const store = mountedStores(host).find(each => each.label === label);
	if (store === undefined) {
		throw new Error(`${host.label} has no datastore ${label}`);
	}

	const guest = room.guest(vm);
	const created = createVm(
		host,
		store,
		{
			name: vm,
			guestOs: guest?.hardware?.guestOs ?? 'centos8-64',
			hardware: releaseOf(host).hardware,
			cpus: 1,
			memoryMb: 2_048,
			disks: [{bytes: 16 * 1024 ** 3, format: 'thin', system: guest?.name ?? vm}],
			portGroups: guest?.hardware?.networks.map(network => portGroupTo(host, network)) ?? ['VM Network'],
		},
		now,
	);
	if (created.kind === 'fault') {
		throw new Error(`${label} has a folder ${vm} already, or no room`);
	}

	room.replace(created);
	bind(room, name, vm);
	return `${vm} is deployed on ${host.label}, on ${label}`;
}
