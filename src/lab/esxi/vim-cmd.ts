import type {EsxiHost, VmkernelNic} from '../world/esxi-host.js';
import {hostdAnswers, tellHostd} from '../world/power.js';
import {setAutostart, setLicense, setStartsWithHost, startService, stopService} from '../world/services.js';
import {renameDatastore} from '../world/storage.js';
import type {Answer, Question} from './command.js';

type Call = {readonly host: EsxiHost; readonly now: number; readonly args: readonly string[]};

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
	'vmsvc/getallvms': () => ({out: 'Vmid   Name   File   Guest OS   Version   Annotation\n'}),
	'vmsvc/get.summary': noSuchVm,
	'vmsvc/message': noSuchVm,
	'vmsvc/power.getstate': noSuchVm,
	'vmsvc/power.off': noSuchVm,
	'vmsvc/power.on': noSuchVm,
	'vmsvc/power.shutdown': noSuchVm,
	'vmsvc/unregister': noSuchVm,
	'solo/registervm': () => vimFault('NotFound', 'The object or item referred to could not be found.'),
};

/** `vim-cmd`. No machine of this world has a VM yet, so each VM it is asked for is one that it does not know. */
export function vimCmd({args, host, now}: Question): Answer {
	const [path = '', ...rest] = args;
	const found = commands[path.replace(/\/$/, '')];
	if (!found) {
		return listing(path.replace(/\/$/, ''));
	}

	return hostdAnswers(host, now)
		? found({host, now, args: rest})
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

function noSuchVm({args: [id]}: Call): Answer {
	return id === undefined
		? {err: 'Insufficient arguments.\n', status: 1}
		: {
				out: `(vim.fault.NotFound) {
   faultCause = (vmodl.MethodFault) null,
   faultMessage = <unset>
   msg = "Unable to find a VM corresponding to "${id}""
}
`,
				status: 1,
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
