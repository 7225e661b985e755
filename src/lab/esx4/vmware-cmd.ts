import type {MachineRoom} from '../esxi/platform.js';
import {
	answer,
	bind,
	forget,
	heartbeatOf,
	isInvalid,
	powerOff,
	powerOn,
	STALE_LOCK_MS,
} from '../esxi/virtual-machines.js';
import type {CommandIo, LabCommand, WorldTime} from '../host.js';
import type {VirtualMachine} from '../world/esxi-host.js';
import {absolute, findVm, placeOf, register} from '../world/inventory.js';
import {hostdAnswers} from '../world/power.js';

/** Each call logs in to the service that manages virtual machines. */
const CALL_MS = 1_000;
/** How often a `start` that waits for an answer looks whether there is one. */
const ANSWER_POLL_MS = 1_000;
/** The heartbeat of a guest that does nothing any more stays at what it was; which figure that is nobody can tell. */
const STALLED_AT = 317;
/** A guest system that no host of the lab file looks into has its Tools running after this long: a guess. */
const NAMELESS_BOOTS_MS = 60_000;

/** What one call prints, and its exit status. Results and errors come on standard output, as public scripts read them. */
type Said = {readonly out: string; readonly status: number};

type Call = {readonly room: MachineRoom; readonly name: string; readonly io: CommandIo};

const usage = `Usage:
  /usr/bin/vmware-cmd <options> <vm-cfg-path> <vm-action> <arguments>
  /usr/bin/vmware-cmd -s <options> <server-action> <arguments>

  Server Operations:
    /usr/bin/vmware-cmd -l
    /usr/bin/vmware-cmd -s register <config_file_path>
    /usr/bin/vmware-cmd -s unregister <config_file_path>

  VM Operations:
    /usr/bin/vmware-cmd <cfg> getstate
    /usr/bin/vmware-cmd <cfg> start <powerop_mode>
    /usr/bin/vmware-cmd <cfg> stop <powerop_mode>
    /usr/bin/vmware-cmd <cfg> reset <powerop_mode>
    /usr/bin/vmware-cmd <cfg> suspend <powerop_mode>
    /usr/bin/vmware-cmd <cfg> getheartbeat
    /usr/bin/vmware-cmd <cfg> answer
`;

/**
`vmware-cmd` of ESX 4.0. Sources: the notes on the domain, 3.6 and section 6: results read `NAME() = VALUE`, `register` and
`unregister` say nothing when they have done it. Texts of errors other than -8, -11 and -20 are our guess.
*/
export function vmwareCmd(room: MachineRoom, name: string): LabCommand {
	return {
		name: 'vmware-cmd',
		async run(args, io) {
			await io.sleep(CALL_MS);
			const {out, status} = await call({room, name, io}, args);
			io.out(out);
			return status;
		},
	};
}

async function call(at: Call, args: readonly string[]): Promise<Said> {
	const {room, name, io} = at;
	if (io.user !== 'root') {
		return failed(-12, 'Insufficient permission to perform this operation');
	}

	if (!hostdAnswers(room.host(name), io.now())) {
		return failed(-1, 'Cannot connect to the host: Connection refused');
	}

	const [first = '', second = '', third] = args;
	if (first === '-l') {
		return said(
			room
				.host(name)
				.vms.map(({vmx}) => `${vmx}\n`)
				.join(''),
		);
	}

	if (first === '-s') {
		switch (second) {
			case 'register':
				return third === undefined ? wrong() : registered(at, third);
			case 'unregister':
				return third === undefined ? wrong() : unregistered(at, third);
			default:
				return wrong();
		}
	}

	const vm = first.startsWith('-') || second === '' ? undefined : vmAt(at, first);
	if (vm === undefined) {
		return first.startsWith('/') && second !== '' ? failed(-11, 'No such virtual machine') : wrong();
	}

	return onVm(at, vm, second, third);
}

async function onVm(at: Call, vm: VirtualMachine, action: string, mode: string | undefined): Promise<Said> {
	const {room, name, io} = at;
	switch (action) {
		case 'getstate':
			return result(action, '', stateOf(at, vm));
		case 'getheartbeat':
			return vm.power === 'on' ? result(action, '', heartbeat(at, vm)) : conflict(at, vm, action);
		case 'start':
			return started(at, vm);
		case 'stop':
			return stopped(at, vm, mode);
		case 'reset':
			if (vm.power !== 'on' || vm.question !== undefined) {
				return conflict(at, vm, action);
			}

			powerOff(room, name, vm.id, io.now());
			powerOn(room, name, vm.id, io.now(), true);
			return result(action, mode ?? '', 1);
		case 'suspend':
			if (vm.power !== 'on' || vm.question !== undefined) {
				return conflict(at, vm, action);
			}

			powerOff(room, name, vm.id, io.now(), 'suspended');
			return result(action, mode ?? '', 1);
		case 'answer':
			return answered(at, vm);
		default:
			return wrong();
	}
}

/** By label or UUID of the volume. */
function vmAt({room, name}: Call, path: string): VirtualMachine | undefined {
	const host = room.host(name);
	const place = placeOf(host, path);
	const vmx = place === undefined ? path : absolute(place);
	return host.vms.find(vm => vm.vmx === vmx);
}

function stateOf({room, name}: Call, vm: VirtualMachine): string {
	if (vm.question !== undefined) {
		return 'stuck';
	}

	return isInvalid(room, room.host(name), vm) ? 'unknown' : vm.power;
}

/** Counted once a second from the start of VMware Tools on; 0: there has been none since it was powered on. */
function heartbeat({room, name, io}: Call, vm: VirtualMachine): number {
	if (vm.isStuck || vm.question !== undefined) {
		return STALLED_AT;
	}

	if (heartbeatOf(room, room.host(name), vm, io.now()) !== 'green') {
		return 0;
	}

	const power = room.guest(vm.name)?.labHost().power;
	const since = power?.kind === 'on' ? Math.max(power.bootedAt, vm.since) : vm.since + NAMELESS_BOOTS_MS;
	return Math.max(1, Math.floor((io.now() - since) / 1000));
}

function registered({room, name, io}: Call, path: string): Said {
	const after = register(room.host(name), path, undefined, io.now());
	if (after.kind === 'fault') {
		return after.because === 'exists'
			? failed(-20, 'Virtual machine already exists')
			: failed(-11, 'No such virtual machine');
	}

	room.replace(after);
	bind(room, name, after.vms.at(-1)?.name ?? '');
	return said('');
}

function unregistered(at: Call, path: string): Said {
	const vm = vmAt(at, path);
	if (vm === undefined) {
		return failed(-11, 'No such virtual machine');
	}

	if (vm.power === 'on' || vm.question !== undefined) {
		return conflict(at, vm, 'unregister');
	}

	forget(at.room, at.name, vm.id, at.io.now());
	return said('');
}

/** Returns when it runs, or when somebody has answered what it asks. */
async function started(at: Call, vm: VirtualMachine): Promise<Said> {
	const {room, name, io} = at;
	if (vm.power === 'on' && vm.question === undefined) {
		return conflict(at, vm, 'start');
	}

	let because = '';
	if (vm.question === undefined) {
		let tried = powerOn(room, name, vm.id, io.now());
		if (tried.kind === 'contended') {
			await io.sleep(STALE_LOCK_MS);
			tried = powerOn(room, name, vm.id, io.now(), true);
		}

		because = tried.kind === 'failed' ? tried.because : '';
	}

	const now = () => findVm(room.host(name), vm.id);
	while (now()?.question !== undefined) {
		await io.sleep(ANSWER_POLL_MS);
	}

	return now()?.power === 'on'
		? result('start', '', 1)
		: failed(-999, `Unknown error: ${because === '' ? 'The operation was cancelled' : because}`);
}

/** `soft` asks the guest, `hard` cuts its power, `trysoft` does the second where the first cannot be done. */
function stopped(at: Call, vm: VirtualMachine, mode = 'trysoft'): Said {
	const {room, name, io} = at;
	if (!['soft', 'hard', 'trysoft'].includes(mode)) {
		return wrong();
	}

	if (vm.power !== 'on' && vm.question === undefined) {
		return conflict(at, vm, 'stop');
	}

	const guest = room.guest(vm.name);
	const isUp = guest?.runsOn === name && guest.labHost().power.kind === 'on';
	const hears = vm.question === undefined && (isUp || heartbeat(at, vm) > 0);
	if (mode === 'hard' || (mode === 'trysoft' && !hears)) {
		powerOff(room, name, vm.id, io.now());
	} else if (!hears) {
		return vm.question === undefined
			? failed(-8, "Invalid operation for virtual machine's current state: Make sure VMware Tools are running")
			: failed(-16, 'Virtual machine requires user input to continue');
	} else if (!vm.isStuck) {
		askGuest(at, vm, io.now());
	}

	return result('stop', mode, 1);
}

/** A guest that no host of the lab file looks into is gone at once. */
function askGuest({room, name}: Call, vm: VirtualMachine, now: WorldTime): void {
	const guest = room.guest(vm.name);
	if (guest?.runsOn === name && guest.shutDown !== undefined) {
		guest.shutDown('off', now);
	} else {
		powerOff(room, name, vm.id, now);
	}
}

/** Shows the question, reads the number of an answer, and says what it took. Nothing, or the end of the input, is the default. */
async function answered({room, name, io}: Call, vm: VirtualMachine): Promise<Said> {
	const {question} = vm;
	if (question === undefined) {
		return said('No questions to answer\n');
	}

	const choices = question.about === 'lock-lost' ? ['OK'] : ['Cancel', 'I _moved it', 'I _copied it'];
	const standard = question.about === 'lock-lost' ? 0 : 2;
	io.out(`Question (id = ${question.id}) :${aboutText(vm)}\n`);
	io.out(
		`${choices.map((choice, number) => `\t${number}) ${choice}\n`).join('')}Select choice. Press enter for default <${standard}> : `,
	);
	const typed = (await io.stdin()).split('\n')[0]?.trim() ?? '';
	const chosen = typed === '' ? standard : Number(typed);
	const choice = choices[chosen];
	if (choice === undefined) {
		return {out: '\nInvalid choice\n', status: 1};
	}

	answer(room, name, vm.id, chosen, io.now());
	return said(`selected ${chosen} : ${choice}\n`);
}

function aboutText({question, name}: VirtualMachine): string {
	return question?.about === 'lock-lost'
		? `msg.hbacommon.locklost:The lock protecting the disks of ${name} has been lost, possibly due to underlying storage issues.`
		: 'msg.uuid.altered:This virtual machine may have been moved or copied.\n\nIn order to configure certain management and networking features VMware ESX needs to know which.\n\nDid you move this virtual machine, or did you copy it?\nIf you are not sure, answer "I copied it".\n';
}

function result(action: string, mode: string, value: string | number): Said {
	return said(`${action}(${mode}) = ${value}\n`);
}

function said(out: string): Said {
	return {out, status: 0};
}

function failed(number: number, text: string): Said {
	return {out: `VMControl error ${number}: ${text}\n`, status: 1};
}

function conflict(at: Call, vm: VirtualMachine, action: string): Said {
	return failed(
		-8,
		`Invalid operation for virtual machine's current state: The requested operation ("${action}") could not be completed because it conflicted with the state of the virtual machine ("${stateOf(at, vm)}") at the time the request was received. This error often occurs because the state of the virtual machine changed before the request was received.`,
	);
}

function wrong(): Said {
	return {out: usage, status: 1};
}
