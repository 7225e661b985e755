import {vmkernelLogText} from '../iscsi/vmkernel-log.js';
import type {EsxiHost} from '../world/esxi-host.js';
import {release} from './esxcli/system.js';

/** What is in the file system because of what the host is: disks, volumes, what its services read. */
export function filesOf(host: EsxiHost): Readonly<Record<string, string>> {
	const {config, disks} = host;
	const devices = disks.flatMap(({name, partitions}) => [name, ...partitions.map(({number}) => `${name}:${number}`)]);
	const volumes = disks
		.flatMap(({datastores}) => datastores)
		.flatMap(({uuid, label}) => (label ? [uuid, label] : [uuid]));
	return Object.fromEntries([
		['/etc/hosts', '127.0.0.1 localhost.localdomain localhost\n::1 localhost.localdomain localhost\n'],
		['/etc/ntp.conf', config.ntp.servers.map(server => `server ${server}\n`).join('')],
		['/etc/ssh/keys-root/', ''],
		['/var/log/vmkernel.log', vmkernelLogText(host)],
		['/etc/vmware-release', `VMware ESXi ${release.version}\n`],
		['/bootbank/', ''],
		['/scratch/', ''],
		...devices.flatMap(name => [
			[`/dev/disks/${name}`, ''],
			[`/vmfs/devices/disks/${name}`, ''],
		]),
		...volumes.map(name => [`/vmfs/volumes/${name}/`, '']),
	]);
}
