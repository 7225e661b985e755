import type {DictatedFile, Volume} from '../host.js';
import {vmkernelLogText} from '../iscsi/vmkernel-log.js';
import type {EsxiHost} from '../world/esxi-host.js';
import {releaseOf} from '../world/esxi-release.js';
import {mountedStores, writeFiles} from '../world/inventory.js';
import type {MachineRoom} from './platform.js';

/** What is in the file system because of what the host is: disks, volumes, what its services read. */
export function filesOf(host: EsxiHost): Readonly<Record<string, DictatedFile>> {
	const {config, disks} = host;
	const devices = disks.flatMap(({name, partitions}) => [name, ...partitions.map(({number}) => `${name}:${number}`)]);
	const volumes = disks
		.flatMap(({datastores}) => datastores)
		.filter(({type}) => !type.startsWith('VMFS-'))
		.flatMap(({uuid, label}) => (label ? [uuid, label] : [uuid]));
	return Object.fromEntries([
		['/etc/hosts', '127.0.0.1 localhost.localdomain localhost\n::1 localhost.localdomain localhost\n'],
		['/etc/ntp.conf', config.ntp.file ?? config.ntp.servers.map(server => `server ${server}\n`).join('')],
		['/etc/ssh/keys-root/', ''],
		['/var/log/vmkernel.log', vmkernelLogText(host)],
		['/etc/vmware-release', `VMware ESXi ${releaseOf(host).version}\n`],
		['/bootbank/', ''],
		['/scratch/', ''],
		...Object.entries(host.logs).map(([name, lines]) => [`/var/log/${name}`, lines.map(line => `${line}\n`).join('')]),
		...devices.flatMap(name => [
			[`/dev/disks/${name}`, ''],
			[`/vmfs/devices/disks/${name}`, ''],
		]),
		...volumes.map(name => [`/vmfs/volumes/${name}/`, ''] as const),
		...Object.entries(host.files),
	]);
}

/** The VMFS volumes that it has mounted, each by UUID and by label. */
export function volumesOf(room: Pick<MachineRoom, 'host' | 'replace'>, name: string): readonly Volume[] {
	const store = (uuid: string) => mountedStores(room.host(name)).find(each => each.uuid === uuid);
	return mountedStores(room.host(name)).map(({uuid, label}) => ({
		folder: `/vmfs/volumes/${uuid}`,
		alias: label === '' ? '' : `/vmfs/volumes/${label}`,
		read: () => store(uuid)?.files ?? {},
		write: changes => {
			if (store(uuid) !== undefined) {
				room.replace(writeFiles(room.host(name), uuid, changes));
			}
		},
	}));
}
