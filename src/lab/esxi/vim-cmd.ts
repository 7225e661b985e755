import type {LabCommand} from '../host.js';
import {deliver} from '../world/host-command.js';
import {hostdAnswers} from '../world/power.js';
import {type Answer, type Surroundings, untilHostdAnswers} from './command.js';
import type {MachineRoom} from './platform.js';
import {autostartCommands} from './vim-cmd/autostart.js';
import {hostServiceCommands} from './vim-cmd/host-services.js';
import {type Call, faultText, type VimCommand} from './vim-cmd/vim-command.js';
import {virtualMachineCommands} from './vim-cmd/virtual-machine-commands.js';

const VIM_CMD_MS = 1_000;

const commands: Readonly<Record<string, VimCommand>> = {
	...autostartCommands,
	...hostServiceCommands,
	...virtualMachineCommands,
};

/** `vim-cmd`: what hostd does and knows. Faults go to standard output, as in the project's notes on the domain. */
export function vimCmd(surroundings: Surroundings, room: MachineRoom): LabCommand {
	return {
		name: 'vim-cmd',
		async run(args, io) {
			const known = surroundings.host().vms.map(({id}) => id);
			await io.sleep(VIM_CMD_MS);
			await untilHostdAnswers(surroundings.host, io);
			return deliver(await answerTo(args, {host: surroundings.host(), room, io, known}), surroundings, io);
		},
	};
}

async function answerTo(
	args: readonly string[],
	{host, room, io, known}: Pick<Call, 'host' | 'room' | 'io' | 'known'>,
): Promise<Answer> {
	const [path = '', ...rest] = args;
	const name = path.replace(/\/$/, '');
	const found = commands[name];
	if (!found) {
		return listing(name);
	}

	if (!hostdAnswers(host, io.now())) {
		return {err: 'Connect to localhost failed: Connection failure\n', status: 1};
	}

	return host.config.isFree && changesVm(name)
		? faultText(
				'vim.fault.RestrictedVersion',
				'Current license or ESXi version prohibits execution of the requested operation.',
			)
		: found({host, now: io.now(), args: rest, room, io, known});
}

/** What a free licence forbids: commands that make, change and switch virtual machines. */
function changesVm(name: string): boolean {
	return /^(solo\/registervm|vmsvc\/(createdummyvm|destroy|reload|unregister|power\.(?!getstate).*))$/.test(name);
}

/** What is below a branch of the command tree, or the refusal of a word that is nowhere in it. */
function listing(path: string): Answer {
	const inside = Object.keys(commands)
		.sort()
		.filter(name => name.startsWith(path === '' ? '' : `${path}/`));
	if (inside.length === 0) {
		return {err: `Invalid command '${path}'.\n`, status: 1};
	}

	const depth = path === '' ? 0 : path.split('/').length;
	const names = inside.map(name => {
		const parts = name.split('/');
		return parts.length > depth + 1 ? `${parts[depth]}/` : `${parts[depth]}`;
	});
	return {out: `Commands available under ${path}/:\n${[...new Set(names)].join('\n')}\n`};
}
