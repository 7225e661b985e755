import type {CommandIo, WorldTime} from '../../host.js';
import type {EsxiHost} from '../../world/esxi-host.js';
import type {Answer} from '../command.js';
import type {MachineRoom} from '../platform.js';

/** One question to hostd. */
export type Call = {
	readonly host: EsxiHost;
	readonly now: WorldTime;
	/** The words behind the path. */
	readonly args: readonly string[];
	readonly room: MachineRoom;
	/** The virtual machines that it had when the question came. */
	readonly known: readonly number[];
	readonly io: CommandIo;
};

/** A command below a path such as `vmsvc/power.on`. */
export type VimCommand = (call: Call) => Answer | Promise<Answer>;

/** > | (vim.fault.NotFound) { … } */
export function vimFault(name: string, message: string, key?: string): Answer {
	return faultText(`vim.fault.${name}`, message, key === undefined ? [] : [['name', `"${key}"`]]);
}

export function faultText(
	type: string,
	message: string,
	fields: readonly (readonly [name: string, value: string])[] = [],
): Answer {
	const lines = [
		'   faultCause = (vmodl.MethodFault) null,',
		...fields.map(([name, value]) => `   ${name} = ${value},`),
		`   msg = "${message}"`,
	];
	return {out: `(${type}) {\n${lines.join('\n')}\n}\n`, status: 1};
}

export function wrongUse(usage: string): Answer {
	return {err: `Usage: ${usage}\n`, status: 1};
}
