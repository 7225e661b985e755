import type {EsxiHost, VirtualMachine} from '../../world/esxi-host.js';
import {disksOf, placeOf, shownPath} from '../../world/inventory.js';
import {isTrueSetting} from '../../world/vmx.js';
import {row} from '../command.js';
import {heartbeatOf} from '../virtual-machines.js';
import type {Call} from './vim-command.js';

/** > | centos8-64   centos8_64Guest */
function guestIdOf({settings}: VirtualMachine): string {
	return `${(settings['guestos'] ?? 'other').replaceAll('-', '_')}Guest`;
}

/**
What `getallvms` prints: of an invalid one only that it is.

> | Vmid   Name   File                       Guest OS          Version   Annotation
*/
export function inventoryText(host: EsxiHost, invalid: readonly VirtualMachine[]): string {
	const rows = host.vms
		.filter(vm => !invalid.includes(vm))
		.map(vm => [
			String(vm.id),
			vm.name,
			shownPath(host, vm.vmx),
			guestIdOf(vm),
			`vmx-${(vm.settings['virtualhw.version'] ?? '').padStart(2, '0')}`,
			vm.settings['annotation'] ?? '',
		]);
	const table = [['Vmid', 'Name', 'File', 'Guest OS', 'Version', 'Annotation'], ...rows];
	const widths = table[0]?.map((_, column) => Math.max(...table.map(cells => cells[column]?.length ?? 0)) + 3) ?? [];
	return [
		...invalid.map(({id}) => `Skipping invalid VM '${id}'\n`),
		...table.map(cells => `${row(widths, cells).trimEnd()}\n`),
	].join('');
}

/** Whether VMware Tools answer, and at which address. */
function toolsOf({room, host, now}: Call, vm: VirtualMachine): {readonly runs: boolean; readonly ip: string} {
	const guest = room.guest(vm.name);
	const runs = heartbeatOf(room, host, vm, now) === 'green';
	const address = guest !== undefined && guest.runsOn === host.name ? guest.labHost().address : '';
	return {runs, ip: runs && address !== '' ? `"${address}"` : '<unset>'};
}

export function summaryText(call: Call, vm: VirtualMachine): string {
	const {room, host, now} = call;
	const {runs, ip} = toolsOf(call, vm);
	const heartbeat = heartbeatOf(room, host, vm, now);
	const power = {on: 'poweredOn', off: 'poweredOff', suspended: 'suspended'}[vm.power];
	const question =
		vm.question === undefined
			? '(vim.vm.QuestionInfo) null'
			: `(vim.vm.QuestionInfo) {
         id = "${vm.question.id}", 
      }`;
	return `Listsummary:

(vim.vm.Summary) {
   vm = 'vim.VirtualMachine:${vm.id}', 
   runtime = (vim.vm.RuntimeInfo) {
      host = 'vim.HostSystem:ha-host', 
      connectionState = "connected", 
      powerState = "${power}", 
      bootTime = ${vm.power === 'on' ? `"${new Date(vm.since).toISOString().slice(0, 19)}Z"` : '<unset>'}, 
      question = ${question}, 
   }, 
   guest = (vim.vm.Summary.GuestSummary) {
      guestId = "${guestIdOf(vm)}", 
      toolsStatus = "${runs ? 'toolsOk' : 'toolsNotRunning'}", 
      toolsRunningStatus = "${runs ? 'guestToolsRunning' : 'guestToolsNotRunning'}", 
      ipAddress = ${ip}, 
   }, 
   config = (vim.vm.Summary.ConfigSummary) {
      name = "${vm.name}", 
      template = false, 
      vmPathName = "${shownPath(host, vm.vmx)}", 
      memorySizeMB = ${vm.settings['memsize'] ?? 4}, 
      numCpu = ${vm.settings['numvcpus'] ?? 1}, 
      numEthernetCards = ${nicsOf(vm).length}, 
      numVirtualDisks = ${disksOf(host, vm).length}, 
   }, 
   overallStatus = "${heartbeat === 'red' ? 'red' : 'green'}", 
   guestHeartbeatStatus = "${heartbeat}"
}
`;
}

export function guestText(call: Call, vm: VirtualMachine): string {
	const {runs, ip} = toolsOf(call, vm);
	return `Guest information:

(vim.vm.GuestInfo) {
   toolsStatus = "${runs ? 'toolsOk' : 'toolsNotRunning'}", 
   toolsRunningStatus = "${runs ? 'guestToolsRunning' : 'guestToolsNotRunning'}", 
   guestId = "${guestIdOf(vm)}", 
   ipAddress = ${ip}, 
   guestState = "${runs ? 'running' : 'notRunning'}"
}
`;
}

type VirtualNic = {readonly number: number; readonly portGroup: string; readonly device: string};

function nicsOf({settings}: VirtualMachine): readonly VirtualNic[] {
	return Object.keys(settings)
		.flatMap(key => /^ethernet(\d+)\.present$/.exec(key)?.[1] ?? [])
		.filter(number => isTrueSetting(settings[`ethernet${number}.present`]))
		.map(number => ({
			number: Number(number),
			portGroup: settings[`ethernet${number}.networkname`] ?? '',
			device: settings[`ethernet${number}.virtualdev`] ?? 'e1000',
		}));
}

export function configText(host: EsxiHost, vm: VirtualMachine): string {
	const nics = nicsOf(vm).map(
		({
			number,
			portGroup,
			device,
		}) => `         (vim.vm.device.Virtual${device.replace(/^./, first => first.toUpperCase())}) {
            key = ${4000 + number}, 
            deviceInfo = (vim.Description) {
               label = "Network adapter ${number + 1}", 
               summary = "${portGroup}"
            }, 
         }, 
`,
	);
	const disks = disksOf(host, vm).map(
		({file, disk, place}, index) => `         (vim.vm.device.VirtualDisk) {
            key = ${2000 + index}, 
            backing = (vim.vm.device.VirtualDisk.FlatVer2BackingInfo) {
               fileName = "${place === undefined ? file : `[${place.store.label}] ${place.path}`}", 
               thinProvisioned = ${disk?.format === 'thin'}, 
               eagerlyScrub = ${disk?.format === 'eagerzeroedthick'}, 
            }, 
            capacityInKB = ${(disk?.bytes ?? 0) / 1024}, 
         }, 
`,
	);
	return `Configuration:

(vim.vm.ConfigInfo) {
   name = "${vm.name}", 
   guestFullName = "${guestIdOf(vm)}", 
   version = "vmx-${vm.settings['virtualhw.version'] ?? ''}", 
   uuid = "${vm.settings['uuid.bios'] ?? ''}", 
   guestId = "${guestIdOf(vm)}", 
   annotation = "${vm.settings['annotation'] ?? ''}", 
   files = (vim.vm.FileInfo) {
      vmPathName = "${shownPath(host, vm.vmx)}", 
   }, 
   hardware = (vim.vm.VirtualHardware) {
      numCPU = ${vm.settings['numvcpus'] ?? 1}, 
      memoryMB = ${vm.settings['memsize'] ?? 4}, 
      device = (vim.vm.device.VirtualDevice) [
${[...disks, ...nics].join('')}      ], 
   }, 
   firmware = "${vm.settings['firmware'] ?? 'bios'}", 
}
`;
}

export function fileLayout(host: EsxiHost, vm: VirtualMachine): string {
	const place = placeOf(host, vm.vmx);
	const names = Object.keys(place?.store.files ?? {}).filter(
		path => path.startsWith(`${place?.folder}/`) && !path.endsWith('/'),
	);
	return `File layout:

(vim.vm.FileLayout) {
   configFile = (string) [
${names
	.filter(name => !name.endsWith('.vmdk'))
	.map(name => `      "${name.slice(name.indexOf('/') + 1)}", \n`)
	.join('')}   ], 
   disk = (vim.vm.FileLayout.DiskLayout) [
${disksOf(host, vm)
	.map(
		({file, place: at}) => `      (vim.vm.FileLayout.DiskLayout) {
         diskFile = (string) [
            "${at === undefined ? file : `[${at.store.label}] ${at.path}`}", 
         ], 
      }, 
`,
	)
	.join('')}   ], 
}
`;
}

export function networksText(vm: VirtualMachine): string {
	return `Networks:

${nicsOf(vm)
	.map(
		({portGroup}) => `(vim.Network.Summary) {
   network = 'vim.Network:HaNetwork-${portGroup}', 
   name = "${portGroup}", 
   accessible = true, 
}
`,
	)
	.join('')}`;
}
