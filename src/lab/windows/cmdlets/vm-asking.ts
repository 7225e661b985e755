import type {Vm} from '../host-state.js';
import type {Call} from '../powershell/cmdlet.js';
import {wildcard} from '../powershell/operators.js';
import {type PsError, PsObject, toText} from '../powershell/value.js';
import {findVm} from '../vms.js';
import {isPattern, namesAsked} from './asking.js';

/** The feature whose cmdlets these are. */
export const hyperV = 'Hyper-V-PowerShell';

/** Those named, by pattern too, or that came through the pipeline; without any name all. What is not there is an error. */
export async function vmsAsked(call: Call, parameter = 'Name'): Promise<readonly Vm[]> {
	const {host} = call.shell.process;
	const names = [...namesAsked(call, parameter), ...(call.has('VM') ? [toText(nameIn(call))] : [])];
	for (const name of names.filter(each => !isPattern(each))) {
		if (findVm(host, name) === undefined) {
			await call.error(`Hyper-V was unable to find a virtual machine with name "${name}".`, refused(call, name));
		}
	}
	return host.vms.filter(({name}) => names.length === 0 || names.some(asked => wildcard(asked).test(name)));
}

function nameIn(call: Call) {
	const value = call.value('VM') ?? null;
	return value instanceof PsObject ? (value.get('Name') ?? null) : value;
}

/** The one that is named. Ends the statement where there is none. */
export async function vmAsked(call: Call, parameter = 'VMName'): Promise<Vm> {
	const [vm] = await vmsAsked(call, parameter);
	if (vm === undefined) {
		throw call.failure(
			`Hyper-V was unable to find a virtual machine with name "${call.text(parameter) ?? ''}".`,
			refused(call, call.text(parameter) ?? ''),
		);
	}
	return vm;
}

export function refused(call: Call, name: string) {
	return {
		category: 'InvalidArgument',
		target: `(${name}:String)`,
		id: `InvalidParameter,Microsoft.HyperV.PowerShell.Commands.${call.name.replace('-', '')}`,
		exception: 'VirtualizationException',
	};
}

export function noPath(call: Call, path: string): PsError {
	return call.failure(`Failed to create or open '${path}'. The system cannot find the path specified. (0x80070003).`, {
		...refused(call, path),
		category: 'ObjectNotFound',
		id: `ObjectNotFound,Microsoft.HyperV.PowerShell.Commands.${call.name.replace('-', '')}`,
	});
}
