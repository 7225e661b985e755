import type {VirtualMachine} from '../../world/esxi-host.js';
import {releaseOf} from '../../world/esxi-release.js';
import {createVm, findVm, placeOf, register, reload, vmxTextOf, writeFiles} from '../../world/inventory.js';
import type {Answer} from '../command.js';
import {answer, bind, forget, isInvalid, powerOff, powerOn, STALE_LOCK_MS} from '../virtual-machines.js';
import {numberOf, questionText, taskOf} from './questions.js';
import {configText, fileLayout, guestText, inventoryText, networksText, summaryText} from './reports.js';
import {type Call, faultText, type VimCommand, vimFault, wrongUse} from './vim-command.js';

/** How often a `power.on` that waits for an answer looks whether there is one. */
const ANSWER_POLL_MS = 1_000;

/** `vmsvc/…`, `solo/registervm` and `vimsvc/task_info`. */
export const virtualMachineCommands: Readonly<Record<string, VimCommand>> = {
	'solo/registervm': registerVm,
	'vimsvc/task_info': taskInfo,
	'vmsvc/createdummyvm': createDummyVm,
	'vmsvc/destroy': call => onVm(call, vm => destroy(call, vm)),
	'vmsvc/get.config': call => onVm(call, vm => ({out: configText(call.host, vm)})),
	'vmsvc/get.filelayout': call => onVm(call, vm => ({out: fileLayout(call.host, vm)})),
	'vmsvc/get.guest': call => onVm(call, vm => ({out: guestText(call, vm)})),
	'vmsvc/get.networks': call => onVm(call, vm => ({out: networksText(vm)})),
	'vmsvc/get.summary': call => onVm(call, vm => ({out: summaryText(call, vm)})),
	'vmsvc/get.tasklist': call =>
		onVm(call, vm => {
			const task = taskOf(vm);
			return {out: `(ManagedObjectReference) [${task === undefined ? '' : `\n   'vim.Task:${task}'\n`}]\n`};
		}),
	'vmsvc/getallvms': ({host, room}) => ({
		out: inventoryText(
			host,
			host.vms.filter(vm => isInvalid(room, host, vm)),
		),
	}),
	'vmsvc/message': call => onVm(call, vm => message(call, vm)),
	'vmsvc/power.getstate': call =>
		onVm(call, ({power}) => ({
			out: `Retrieved runtime info\n${power === 'suspended' ? 'Suspended' : `Powered ${power}`}\n`,
		})),
	'vmsvc/power.off': call => onFree(call, vm => switchOff(call, vm, 'off')),
	'vmsvc/power.on': call => onVm(call, vm => switchOn(call, vm)),
	'vmsvc/power.reboot': call => onFree(call, vm => toGuest(call, vm, 'boot')),
	'vmsvc/power.reset': call => onFree(call, vm => reset(call, vm)),
	'vmsvc/power.shutdown': call => onFree(call, vm => toGuest(call, vm, 'off')),
	'vmsvc/power.suspend': call => onFree(call, vm => switchOff(call, vm, 'suspended')),
	'vmsvc/reload': call =>
		onVm(call, vm =>
			vmxTextOf(call.host, vm) === undefined
				? vimFault('InvalidState', 'The operation is not allowed in the current state.')
				: {host: reload(call.host, vm)},
		),
	'vmsvc/unregister': call =>
		onFree(call, vm => {
			if (vm.power === 'on') {
				return inState(vm);
			}

			forget(call.room, call.host.name, vm.id, call.now);
			return {};
		}),
};

function onVm({args: [id], host, known}: Call, body: (vm: VirtualMachine) => Answer | Promise<Answer>) {
	if (id === undefined) {
		return {err: 'Insufficient arguments.\n', status: 1};
	}

	const vm = findVm(host, Number(id));
	if (vm === undefined) {
		return known.includes(Number(id)) ? goneMeanwhile(id) : notFound(id);
	}

	return body(vm);
}

/** What somebody else took away while hostd was being asked. */
function goneMeanwhile(id: string): Answer {
	return faultText(
		'vmodl.fault.ManagedObjectNotFound',
		'The object has already been deleted or has not been completely created',
		[['obj', `'vim.VirtualMachine:${id}'`]],
	);
}

function notFound(id: string): Answer {
	return {
		out: `(vim.fault.NotFound) {
   faultCause = (vmodl.MethodFault) null,
   faultMessage = <unset>
   msg = "Unable to find a VM corresponding to "${id}""
}
`,
		status: 1,
	};
}

/** Nothing can be done to a virtual machine that waits for an answer. */
function onFree(call: Call, body: (vm: VirtualMachine) => Answer | Promise<Answer>) {
	return onVm(call, vm =>
		vm.question === undefined
			? body(vm)
			: faultText(
					'vim.fault.QuestionPending',
					'The attempted operation cannot be performed while the virtual machine waits for an answer.',
					[['text', `"${questionText(call.host, vm).split('\n')[1] ?? ''}"`]],
				),
	);
}

function inState({power}: VirtualMachine): Answer {
	const [existing, words] = {
		on: ['poweredOn', 'Powered On'],
		off: ['poweredOff', 'Powered Off'],
		suspended: ['suspended', 'Suspended'],
	}[power] as [string, string];
	return faultText(
		'vim.fault.InvalidPowerState',
		`The attempted operation cannot be performed in the current state (${words}).`,
		[['existingState', `"${existing}"`]],
	);
}

/** Prints the id, and a fault with the id of the twin if one has this vmx. */
function registerVm({args: [path = '', name], host, room, now}: Call): Answer {
	const registered = register(host, path, name, now);
	if (registered.kind === 'fault') {
		switch (registered.because) {
			case 'exists':
				return vimFault(
					'AlreadyExists',
					`The specified key, name, or identifier '${registered.name}' already exists.`,
					registered.name,
				);
			case 'invalid':
				return vimFault('InvalidVmConfig', 'Invalid virtual machine configuration.');
			case 'missing':
			case 'used':
				return vimFault('NotFound', 'The object or item referred to could not be found.');
		}
	}

	room.replace(registered);
	bind(room, host.name, registered.vms.at(-1)?.name ?? '');
	return {out: `${registered.nextVmId - 1}\n`};
}

/** `createdummyvm NAME /vmfs/volumes/DATASTORE`: an empty virtual machine with one small disk, to be edited. */
function createDummyVm({args: [name, path = ''], host, room, now}: Call): Answer {
	const place = placeOf(host, path.replace(/^\[(.*)\]\s*/, '/vmfs/volumes/$1/'));
	if (name === undefined || name.includes('/')) {
		return wrongUse('createdummyvm vmname datastorepath');
	}

	if (place === undefined) {
		return vimFault('InvalidDatastorePath', `Invalid datastore path '${path}'.`);
	}

	const vm = {name, guestOs: 'other', hardware: releaseOf(host).hardware, cpus: 1, memoryMb: 32, portGroups: []};
	const created = createVm(host, place.store, {...vm, disks: [{bytes: 1024 ** 2, format: 'zeroedthick'}]}, now);
	if (created.kind === 'fault') {
		return created.because === 'exists'
			? faultText('vim.fault.FileAlreadyExists', 'The specified file already exists.', [
					['file', `"[${place.store.label}] ${name}/${name}.vmx"`],
				])
			: vimFault('NoDiskSpace', `Insufficient disk space on datastore '${place.store.label}'.`);
	}

	room.replace(created);
	bind(room, host.name, name);
	return {out: `${created.nextVmId - 1}\n`};
}

/** Takes it out of the inventory, and its folder off the volume. */
function destroy({room, host, now}: Call, vm: VirtualMachine): Answer {
	if (vm.power === 'on') {
		return inState(vm);
	}

	const place = placeOf(host, vm.vmx);
	forget(room, host.name, vm.id, now);
	if (place !== undefined) {
		const gone = Object.keys(place.store.files).filter(path => path.startsWith(`${place.folder}/`));
		room.replace(
			writeFiles(room.host(host.name), place.store.uuid, Object.fromEntries(gone.map(path => [path, undefined]))),
		);
	}

	return {};
}

/** Returns when it runs, or when somebody has answered what it asks. */
async function switchOn({room, host, now, io}: Call, vm: VirtualMachine): Promise<Answer> {
	io.out('Powering on VM:\n');
	if (vm.question === undefined) {
		let result = powerOn(room, host.name, vm.id, now);
		if (result.kind === 'contended') {
			await io.sleep(STALE_LOCK_MS);
			result = powerOn(room, host.name, vm.id, io.now(), true);
		}

		if (result.kind === 'done') {
			return {};
		}

		if (result.kind !== 'asks') {
			return {out: 'Power on failed\n', status: 1};
		}
	}

	while (findVm(room.host(host.name), vm.id)?.question !== undefined) {
		await io.sleep(ANSWER_POLL_MS);
	}

	return findVm(room.host(host.name), vm.id)?.power === 'on' ? {} : {out: 'Power on failed\n', status: 1};
}

function switchOff({room, host, now}: Call, vm: VirtualMachine, to: 'off' | 'suspended'): Answer {
	const [doing, failed] =
		to === 'off' ? ['Powering off VM:', 'Power off failed'] : ['Suspending VM:', 'Suspend failed'];
	if (vm.power !== 'on') {
		return {out: `${doing}\n${failed}\n`, status: 1};
	}

	powerOff(room, host.name, vm.id, now, to);
	return {out: `${doing}\n`};
}

function reset({room, host, now}: Call, vm: VirtualMachine): Answer {
	if (vm.power !== 'on') {
		return {out: 'Reset VM:\nReset failed\n', status: 1};
	}

	powerOff(room, host.name, vm.id, now);
	powerOn(room, host.name, vm.id, now);
	return {out: 'Reset VM:\n'};
}

/** Asks the system in it to go down. A stuck one hears nothing. */
function toGuest({room, host, now}: Call, vm: VirtualMachine, andThen: 'off' | 'boot'): Answer {
	if (vm.power !== 'on') {
		return inState(vm);
	}

	const guest = room.guest(vm.name);
	const isHere = guest !== undefined && guest.runsOn === host.name && guest.labHost().power.kind !== 'off';
	if (vm.isStuck) {
		return {};
	}

	if (!isHere) {
		powerOff(room, host.name, vm.id, now);
		return {};
	}

	if (guest.labHost().power.kind !== 'on') {
		return vimFault(
			'ToolsUnavailable',
			'Cannot complete operation because VMware Tools is not running in this virtual machine.',
		);
	}

	guest.shutDown?.(andThen, now);
	return {};
}

/** `message ID` shows the question, `message ID QUESTION NUMBER` answers it. */
function message({args: [, question, number], room, host, now}: Call, vm: VirtualMachine): Answer {
	if (vm.question === undefined) {
		return {out: 'No message.\n'};
	}

	if (question === undefined) {
		return {out: questionText(host, vm)};
	}

	const chosen = numberOf(vm, number ?? '');
	if (Number(question) !== vm.question.id || chosen === undefined) {
		return faultText('vmodl.fault.InvalidArgument', 'A specified parameter was not correct: answerChoice');
	}

	answer(room, host.name, vm.id, chosen, now);
	return {};
}

function taskInfo({args: [task = ''], host}: Call): Answer {
	const name = task.replace(/^'?vim\.Task:/, '').replace(/'$/, '');
	const vm = host.vms.find(each => taskOf(each) === name);
	return vm === undefined
		? faultText(
				'vmodl.fault.ManagedObjectNotFound',
				'The object has already been deleted or has not been completely created',
				[['obj', `'vim.Task:${name}'`]],
			)
		: {
				out: `(vim.TaskInfo) {
   key = "${name}", 
   task = 'vim.Task:${name}', 
   name = "vim.VirtualMachine.powerOn", 
   entity = 'vim.VirtualMachine:${vm.id}', 
   entityName = "${vm.name}", 
   state = "running", 
   cancelled = false, 
   progress = 95
}
`,
			};
}
