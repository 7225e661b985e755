import type {EsxiHost, VmkernelNic} from '../../world/esxi-host.js';
import {releaseOf} from '../../world/esxi-release.js';
import {freeBytesOf} from '../../world/inventory.js';
import {tellHostd} from '../../world/power.js';
import {setLicense, setStartsWithHost, startService, stopService} from '../../world/services.js';
import {renameDatastore} from '../../world/storage.js';
import type {Answer} from '../command.js';
import {type Call, type VimCommand, vimFault, wrongUse} from './vim-command.js';

/** `hostsvc/…` and `vimsvc/license`. */
export const hostServiceCommands: Readonly<Record<string, VimCommand>> = {
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
};

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

function licenseText({config, version}: EsxiHost): string {
	const {license} = releaseOf({version});
	const lines = config.license
		? [
				`serial: ${config.license}`,
				'vmodl key: esx.hypervisor.cpuPackageCoreLimited',
				`name: ${license.name}`,
				'total: 0',
				'used: 1',
				'unit: cpuPackage:32core',
				'Properties:',
				'  [ProductName] = VMware ESX Server',
				`  [ProductVersion] = ${license.product}`,
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
				`  [ProductVersion] = ${license.product}`,
			];
	const asked = version === '6.7' ? '[200] Sending request for installed licenses...[200] Complete, result is:\n' : '';
	return `${asked}${lines.map(line => `   ${line}\n`).join('')}`;
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

function datastoreSummaries(host: EsxiHost): string {
	const stores = host.disks.flatMap(({datastores}) => datastores).filter(({type}) => type.startsWith('VMFS-'));
	return `(vim.Datastore.Summary) [\n${stores
		.map(store => {
			const {label, uuid, bytes} = store;
			return `   (vim.Datastore.Summary) {
      datastore = 'vim.Datastore:${uuid}', 
      name = "${label}", 
      url = "/vmfs/volumes/${uuid}", 
      capacity = ${bytes}, 
      freeSpace = ${freeBytesOf(store)}, 
      accessible = true, 
      type = "VMFS", 
   }, 
`;
		})
		.join('')}]\n`;
}
