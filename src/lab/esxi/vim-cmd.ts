import type {EsxiHost, VmkernelNic} from '../world/esxi-host.js';
import {hostdAnswers, tellHostd} from '../world/power.js';
import {setAutostart, setLicense, setStartsWithHost, startService, stopService} from '../world/services.js';
import {renameDatastore} from '../world/storage.js';
import {type Answer, type Guest, type Question, row} from './command.js';

type Call = {
	readonly host: EsxiHost;
	readonly now: number;
	readonly args: readonly string[];
	readonly guests: readonly Guest[];
};

const commands: Readonly<Record<string, (call: Call) => Answer>> = {
	'hostsvc/autostartmanager/enable_autostart': ({host, args}) =>
		args[0] === 'true' || args[0] === 'false'
			? {
					host: setAutostart(host, args[0] === 'true'),
					out: args[0] === 'true' ? 'Enabled AutoStart\n' : 'Disabled AutoStart\n',
				}
			: wrongUse('enable_autostart <true|false>'),
	'hostsvc/autostartmanager/get_autostartseq': () => ({out: '(vim.host.AutoStartManager.AutoPowerInfo) [\n]\n'}),
	'hostsvc/autostartmanager/get_defaults': ({host}) => ({out: autostartDefaults(host)}),
	'hostsvc/datastore/listsummary': ({host}) => ({out: datastoreSummaries(host)}),
	'hostsvc/datastore/rename': ({host, args: [from = '', to = '']}) => {
		const renamed = renameDatastore(host, from, to);
		return renamed.kind === 'fault'
			? renamed.because === 'exists'
				? vimFault('AlreadyExists', `The specified key, name, or identifier '${to}' already exists.`, to)
				: vimFault('NotFound', 'The object or item referred to could not be found.')
			: {host: renamed};
	},
	'hostsvc/disable_esx_shell': ({host}) => ({host: setStartsWithHost(host, 'ESXShell', false)}),
	'hostsvc/disable_ssh': ({host}) => ({host: setStartsWithHost(host, 'SSH', false)}),
	'hostsvc/enable_esx_shell': ({host}) => ({host: setStartsWithHost(host, 'ESXShell', true)}),
	'hostsvc/enable_ssh': ({host}) => ({host: setStartsWithHost(host, 'SSH', true)}),
	'hostsvc/maintenance_mode_enter': ({host}) => ({host: {...host, maintenance: true}}),
	'hostsvc/maintenance_mode_exit': ({host}) => ({host: {...host, maintenance: false}}),
	'hostsvc/net/refresh': ({host}) => ({host: tellHostd(host)}),
	'hostsvc/net/vnic_info': ({host}) => ({out: vnicInfo(host)}),
	'hostsvc/start_esx_shell': ({host, now}) => ({host: startService(host, 'ESXShell', now)}),
	'hostsvc/start_ssh': ({host, now}) => ({host: startService(host, 'SSH', now)}),
	'hostsvc/stop_esx_shell': ({host}) => ({host: stopService(host, 'ESXShell')}),
	'hostsvc/stop_ssh': ({host}) => ({host: stopService(host, 'SSH')}),
	'vimsvc/license': license,
	'vmsvc/getallvms': ({guests}) => ({out: inventory(guests)}),
	'vmsvc/get.guest': call => onGuest(call, guestInfo),
	'vmsvc/get.summary': call => onGuest(call, summary),
	'vmsvc/message': call => onGuest(call, () => ({out: 'No message.\n'})),
	'vmsvc/power.getstate': call => onGuest(call, ({power}) => ({out: `Retrieved runtime info\nPowered ${power}\n`})),
	'vmsvc/power.off': call =>
		onGuest(call, (guest, now) => {
			if (guest.power === 'off') {
				return {out: 'Powering off VM:\nPower off failed\n', status: 1};
			}

			guest.cutPower(now);
			return {out: 'Powering off VM:\n'};
		}),
	'vmsvc/power.on': call =>
		onGuest(call, (guest, now) => {
			if (guest.power === 'on') {
				return {out: 'Powering on VM:\nPower on failed\n', status: 1};
			}

			guest.powerOn(now);
			return {out: 'Powering on VM:\n'};
		}),
	'vmsvc/power.shutdown': call =>
		onGuest(call, (guest, now) => {
			if (!guest.answers) {
				return vimFault(
					guest.power === 'off' ? 'InvalidPowerState' : 'ToolsUnavailable',
					guest.power === 'off'
						? 'The attempted operation cannot be performed in the current state (Powered Off).'
						: 'Cannot complete operation because VMware Tools is not running in this virtual machine.',
				);
			}

			guest.shutDown(now);
			return {};
		}),
	'vmsvc/unregister': call =>
		onGuest(call, () => vimFault('NotSupported', 'The lab keeps its virtual machines where they are.')),
	'solo/registervm': () => vimFault('NotFound', 'The object or item referred to could not be found.'),
};

/** `vim-cmd`. The virtual machines are those that the lab file has running on this host. */
export function vimCmd({args, host, now}: Question, guests: readonly Guest[]): Answer {
	const [path = '', ...rest] = args;
	const found = commands[path.replace(/\/$/, '')];
	if (!found) {
		return listing(path.replace(/\/$/, ''));
	}

	return hostdAnswers(host, now)
		? found({host, now, args: rest, guests})
		: {err: 'Connect to localhost failed: Connection failure\n', status: 1};
}

function license({host, args}: Call): Answer {
	const [word = '', next = ''] = args;
	if (word === '--show') {
		return {out: licenseText(host)};
	}

	const key = word.startsWith('--set=') ? word.slice('--set='.length) : word === '--set' ? next : '';
	if (key === '') {
		return wrongUse('license [--show | --set=<key>]');
	}

	const licensed = setLicense(host, key);
	return licensed.kind === 'fault'
		? vimFault('LicenseEntityNotFound', 'The license is not valid.')
		: {host: licensed, out: licenseText(licensed)};
}

function licenseText({config}: EsxiHost): string {
	const lines = config.license
		? [
				`serial: ${config.license}`,
				'vmodl key: esx.hypervisor.cpuPackageCoreLimited',
				'name: vSphere 7 Hypervisor',
				'total: 0',
				'used: 1',
				'unit: cpuPackage:32core',
				'Properties:',
				'  [ProductName] = VMware ESX Server',
				'  [ProductVersion] = 7.0',
				'  [count_disabled] = This license is unlimited',
			]
		: [
				'serial: 00000-00000-00000-00000-00000',
				'vmodl key: eval',
				'name: Evaluation Mode',
				'total: 0',
				'used: 1',
				'unit: ',
				'Properties:',
				'  [ProductName] = VMware ESX Server',
				'  [ProductVersion] = 7.0',
			];
	return lines.map(line => `   ${line}\n`).join('');
}

function vnicInfo(host: EsxiHost): string {
	const known = host.config.vmknics.filter(({name}) => host.hostd.vmknics.includes(name));
	return `(vim.host.VirtualNic) [\n${known.map(vnic).join('')}]\n`;
}

function vnic({name, portGroup, ip, netmask, mac, mtu}: VmkernelNic): string {
	return `   (vim.host.VirtualNic) {
      device = "${name}", 
      key = "key-vim.host.VirtualNic-${name}", 
      portgroup = "${portGroup}", 
      spec = (vim.host.VirtualNic.Specification) {
         ip = (vim.host.IpConfig) {
            dhcp = false, 
            ipAddress = "${ip}", 
            subnetMask = "${netmask}", 
         }, 
         mac = "${mac}", 
         mtu = ${mtu}, 
      }, 
   }, 
`;
}

function autostartDefaults({config}: EsxiHost): string {
	return `(vim.host.AutoStartManager.SystemDefaults) {
   enabled = ${config.autostart}, 
   startDelay = 120, 
   stopDelay = 120, 
   waitForHeartbeat = false, 
   stopAction = "PowerOff"
}
`;
}

function datastoreSummaries(host: EsxiHost): string {
	const stores = host.disks.flatMap(({datastores}) => datastores).filter(({type}) => type.startsWith('VMFS-'));
	return `(vim.Datastore.Summary) [\n${stores
		.map(
			({label, uuid, bytes, freeBytes}) => `   (vim.Datastore.Summary) {
      datastore = 'vim.Datastore:${uuid}', 
      name = "${label}", 
      url = "/vmfs/volumes/${uuid}", 
      capacity = ${bytes}, 
      freeSpace = ${freeBytes}, 
      accessible = true, 
      type = "VMFS", 
   }, 
`,
		)
		.join('')}]\n`;
}

/** > | Vmid   Name   File                       Guest OS          Version   Annotation */
function inventory(guests: readonly Guest[]): string {
	const rows = guests.map(({name, guestOs}, index) => [
		String(index + 1),
		name,
		`[datastore1] ${name}/${name}.vmx`,
		guestOs,
		'vmx-17',
		'',
	]);
	const table = [['Vmid', 'Name', 'File', 'Guest OS', 'Version', 'Annotation'], ...rows];
	const widths = table[0]?.map((_, column) => Math.max(...table.map(cells => cells[column]?.length ?? 0)) + 3) ?? [];
	return table.map(cells => `${row(widths, cells).trimEnd()}\n`).join('');
}

function onGuest({args: [id], guests, now}: Call, answer: (guest: Guest, now: number) => Answer): Answer {
	const guest = guests[Number(id) - 1];
	if (id === undefined) {
		return {err: 'Insufficient arguments.\n', status: 1};
	}

	return guest === undefined
		? {
				out: `(vim.fault.NotFound) {
   faultCause = (vmodl.MethodFault) null,
   faultMessage = <unset>
   msg = "Unable to find a VM corresponding to "${id}""
}
`,
				status: 1,
			}
		: answer(guest, now);
}

function summary({name, guestOs, address, power, answers}: Guest): Answer {
	return {
		out: `Listsummary:

(vim.vm.Summary) {
   runtime = (vim.vm.RuntimeInfo) {
      powerState = "powered${power === 'on' ? 'On' : 'Off'}",
      question = (vim.vm.QuestionInfo) null,
   },
   guest = (vim.vm.Summary.GuestSummary) {
      guestId = "${guestOs}",
      toolsRunningStatus = "${answers ? 'guestToolsRunning' : 'guestToolsNotRunning'}",
      ipAddress = ${answers ? `"${address}"` : '<unset>'},
   },
   config = (vim.vm.Summary.ConfigSummary) {
      name = "${name}",
      vmPathName = "[datastore1] ${name}/${name}.vmx",
   },
   overallStatus = "green",
   guestHeartbeatStatus = "${answers ? 'green' : 'gray'}"
}
`,
	};
}

function guestInfo({guestOs, address, answers}: Guest): Answer {
	return {
		out: `Guest information:

(vim.vm.GuestInfo) {
   toolsRunningStatus = "${answers ? 'guestToolsRunning' : 'guestToolsNotRunning'}",
   guestId = "${guestOs}",
   ipAddress = ${answers ? `"${address}"` : '<unset>'},
   guestState = "${answers ? 'running' : 'notRunning'}"
}
`,
	};
}

function vimFault(name: string, message: string, key?: string): Answer {
	const fields = [
		'   faultCause = (vmodl.MethodFault) null,',
		...(key === undefined ? [] : [`   name = "${key}",`]),
		`   msg = "${message}"`,
	];
	return {out: `(vim.fault.${name}) {\n${fields.join('\n')}\n}\n`, status: 1};
}

function wrongUse(usage: string): Answer {
	return {err: `Usage: ${usage}\n`, status: 1};
}

/** What is below a branch of the command tree, or the refusal of a word that is nowhere in it. */
function listing(path: string): Answer {
	const inside = Object.keys(commands).filter(name => name.startsWith(path === '' ? '' : `${path}/`));
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
