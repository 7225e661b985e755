import type {AutostartEntry, EsxiHost} from '../../world/esxi-host.js';
import {findVm, withAutostart} from '../../world/inventory.js';
import type {Answer} from '../command.js';
import {type Call, faultText, type VimCommand, vimFault, wrongUse} from './vim-command.js';

const usage =
	'update_autostartentry VMId StartAction StartDelay StartOrder StopAction StopDelay WaitForHeartbeat\n' +
	'StartAction: powerOn | none; a delay is in seconds, or systemDefault';

/** `hostsvc/autostartmanager/…`: which virtual machines the host starts after its boot, in which order. */
export const autostartCommands: Readonly<Record<string, VimCommand>> = {
	'hostsvc/autostartmanager/enable_autostart': ({host, args: [word]}) =>
		word === 'true' || word === 'false'
			? {
					host: withAutostart(host, {autostart: word === 'true'}),
					out: word === 'true' ? 'Enabled AutoStart\n' : 'Disabled AutoStart\n',
				}
			: wrongUse('enable_autostart <true|false>'),
	'hostsvc/autostartmanager/get_autostartseq': ({host}) => ({out: sequence(host)}),
	'hostsvc/autostartmanager/get_defaults': ({host}) => ({out: defaults(host)}),
	'hostsvc/autostartmanager/update_autostartentry': updateEntry,
	'hostsvc/autostartmanager/update_defaults': updateDefaults,
};

function updateEntry({host, args}: Call): Answer {
	const [id = '', startAction = '', startDelay = '', order = '', stopAction = '', stopDelay = '', heartbeat = ''] =
		args;
	if (args.length < 7) {
		return wrongUse(usage);
	}

	if (findVm(host, Number(id)) === undefined) {
		return vimFault('NotFound', `Unable to find a VM corresponding to "${id}"`);
	}

	const [delay, stop] = [seconds(startDelay), seconds(stopDelay)];
	if (!/^(powerOn|none)$/i.test(startAction) || delay === undefined || stop === undefined || !/^-?\d+$/.test(order)) {
		return faultText('vmodl.fault.InvalidArgument', 'A specified parameter was not correct: spec.powerInfo');
	}

	const entry: AutostartEntry = {
		vm: Number(id),
		startAction: /^none$/i.test(startAction) ? 'none' : 'powerOn',
		startDelay: delay,
		startOrder: Number(order),
		stopAction,
		stopDelay: stop,
		waitForHeartbeat: heartbeat,
	};
	const others = host.config.autostartEntries.filter(({vm}) => vm !== entry.vm);
	return {host: withAutostart(host, {autostartEntries: [...others, entry]})};
}

/** -1: the default; undefined: not a delay. */
function seconds(word: string): number | undefined {
	return /^systemDefault$/i.test(word) ? -1 : /^-?\d+$/.test(word) ? Number(word) : undefined;
}

function updateDefaults({
	host,
	args: [startDelay = '', stopDelay = '', stopAction = '', heartbeat = ''],
}: Call): Answer {
	const [start, stop] = [seconds(startDelay), seconds(stopDelay)];
	return start === undefined || stop === undefined || stopAction === ''
		? wrongUse('update_defaults StartDelay StopDelay StopAction WaitForHeartbeat')
		: {
				host: withAutostart(host, {
					autostartDefaults: {
						startDelay: start,
						stopDelay: stop,
						stopAction,
						waitForHeartbeat: /^(true|yes)$/i.test(heartbeat),
					},
				}),
			};
}

function sequence({config}: EsxiHost): string {
	const entries = config.autostartEntries.map(
		({vm, startAction, startDelay, startOrder, stopAction, stopDelay, waitForHeartbeat}) =>
			`   (vim.host.AutoStartManager.AutoPowerInfo) {
      key = 'vim.VirtualMachine:${vm}', 
      startOrder = ${startOrder}, 
      startDelay = ${startDelay}, 
      waitForHeartbeat = "${waitForHeartbeat}", 
      startAction = "${startAction}", 
      stopDelay = ${stopDelay}, 
      stopAction = "${stopAction}"
   }`,
	);
	return `(vim.host.AutoStartManager.AutoPowerInfo) [\n${entries.map(entry => `${entry}, \n`).join('')}]\n`;
}

function defaults({config: {autostart, autostartDefaults}}: EsxiHost): string {
	return `(vim.host.AutoStartManager.SystemDefaults) {
   enabled = ${autostart}, 
   startDelay = ${autostartDefaults.startDelay}, 
   stopDelay = ${autostartDefaults.stopDelay}, 
   waitForHeartbeat = ${autostartDefaults.waitForHeartbeat}, 
   stopAction = "${autostartDefaults.stopAction}"
}
`;
}
