import {valueAt, type YamlNode} from '../../runbook/yaml.js';
import {contentOf, findDevice, withContent} from '../linux/disks.js';
import {type LinuxHost, LinuxHostSchema} from '../linux/linux-host.js';
import {naaOf} from '../lio/configuration.js';
import {readSaveconfig, SAVECONFIG} from '../lio/saveconfig.js';
import {backslashed, describedDisk} from '../windows/described-vms.js';
import {type BigFile, LayoutSchema} from '../windows/host-state.js';
import type {SavedMember} from '../world/member.js';
import type {Cluster} from './cluster.js';
import {SHARED_ROOT} from './ground.js';

/** A LUN that a described target has. */
type DescribedLun = {
	readonly iqn: string;
	readonly naa: string;
	/** Of its backstore. */
	readonly name: string;
	readonly bytes: number;
	/** Of its Linux host: what lies below it where it is a mirror's. */
	readonly device: string;
};

/** The first LUN of a target, on every Linux host whose file describes that target. */
export function describedLuns(hosts: readonly SavedMember[], iqn: string): readonly DescribedLun[] {
	return hosts
		.flatMap(saved => (saved.kind === 'linux' ? lunsOf(LinuxHostSchema.parse(saved)) : []))
		.filter(each => each.iqn === iqn);
}

/** The first LUN of each target that the host's file describes. */
function lunsOf(host: LinuxHost): readonly DescribedLun[] {
	const text = host.files[SAVECONFIG]?.text;
	const lio = text === undefined ? undefined : readSaveconfig(text, () => true)?.lio;
	return (lio?.targets ?? []).flatMap(({iqn, luns}) => {
		const backstore = lio?.backstores.find(({name}) => name === luns[0]?.backstore);
		if (backstore === undefined) {
			return [];
		}

		const device = findDevice(host, backstore.device) === undefined ? mirroredPartition(host) : backstore.device;
		const bytes = findDevice(host, device)?.bytes ?? 0;
		return [{iqn, naa: naaOf(backstore), name: backstore.name, bytes, device}];
	});
}

/** What lies below the device of a mirror. */
function mirroredPartition({disks}: LinuxHost): string {
	return `/dev/${disks[1]?.name ?? 'sdb'}2`;
}

/** The hosts with what the machines of these nodes have on shared volumes: files of disks, on every half of a mirror. */
export function withFilesOnVolumes(
	hosts: readonly SavedMember[],
	{nodes, disks}: Cluster,
	topology: YamlNode,
): readonly SavedMember[] {
	const files = nodes.flatMap(({host}) => describedDisks(topology, host));
	return disks.reduce<readonly SavedMember[]>((before, {volume, lun}) => {
		const root = `${SHARED_ROOT}${volume}\\`;
		const own = files.flatMap(([path, file]) =>
			path.startsWith(root) ? [[path.slice(root.length).replaceAll('\\', '/'), file] as const] : [],
		);
		return own.length === 0 ? before : before.map(saved => withFiles(saved, lun, Object.fromEntries(own)));
	}, hosts);
}

/** Disks of the virtual machines that a host of the file has, by their path. */
function describedDisks(topology: YamlNode, host: string): ReadonlyArray<readonly [path: string, file: BigFile]> {
	const vms = valueAt(valueAt(valueAt(topology, 'hosts'), host), 'vms');
	const written = vms?.kind === 'map' ? vms.entries.map(({value}) => valueAt(value, 'disks')) : [];
	return written.flatMap(disks =>
		(disks?.kind === 'map' ? disks.entries : []).map(
			({key, value}) => [backslashed(key), describedDisk(value.kind === 'text' ? value.text : '0')] as const,
		),
	);
}

function withFiles(saved: SavedMember, lun: string, files: Readonly<Record<string, BigFile>>): SavedMember {
	const host = saved.kind === 'linux' ? LinuxHostSchema.parse(saved) : undefined;
	const own = host && lunsOf(host).find(({naa}) => naa === lun);
	const device = host && own && findDevice(host, own.device);
	const layout = LayoutSchema.safeParse(device && contentOf(device));
	if (host === undefined || device === undefined || !layout.success) {
		return saved;
	}

	const partitions = layout.data.partitions.map(partition => ({...partition, files: {...partition.files, ...files}}));
	return withContent(host, device, {...layout.data, partitions});
}
