import {agentOf, type HaCluster, isActing, moidOf, type ProtectedVm} from './cluster.js';

/** One host of `hostlist`: as the world calls it, its host name, the address of its management NIC and the MACs of all. */
export type HostFacts = {
	readonly host: string;
	readonly name: string;
	readonly address: string;
	readonly macs: readonly string[];
};

/** The cluster's folder on a datastore, below its root. */
function folderOnDatastore({folder}: HaCluster): string {
	return `.vSphere-HA/${folder}`;
}

export function protectedListPath(cluster: HaCluster): string {
	return `${folderOnDatastore(cluster)}/protectedlist`;
}

/**
The files that one host keeps on a datastore, by path below its root. The first line of `poweron` is 1 while the host is cut off.

Source: the project's notes on the domain, 5.1; what stands behind the first lines nobody has recorded.
*/
export function filesOnDatastore(
	cluster: HaCluster,
	host: string,
	store: string,
	running: readonly ProtectedVm[],
): Readonly<Record<string, string>> {
	const folder = folderOnDatastore(cluster);
	const id = moidOf(cluster, host);
	const isHeartbeat = cluster.heartbeatDatastores.includes(store);
	const isOwner = cluster.owners[store] === host && isActing(cluster, host);
	return {
		...(isHeartbeat
			? {
					[`${folder}/${id}-hb`]: '',
					[`${folder}/${id}-poweron`]: lines([
						agentOf(cluster, host).isolated === undefined ? '0' : '1',
						...running.map(({vmx}) => vmx),
					]),
				}
			: {}),
		...(isOwner
			? {
					[protectedListPath(cluster)]: lines(
						cluster.vms.filter(vm => vm.datastore === store && vm.isProtected).map(({vmx}) => vmx),
					),
				}
			: {}),
	};
}

const configFolder = '/etc/opt/vmware/fdm';

/** What vCenter has given each agent, and what the agent keeps. */
export function localFiles(cluster: HaCluster, hosts: readonly HostFacts[]): Readonly<Record<string, string>> {
	return {
		...Object.fromEntries(
			(['hostlist', 'clusterconfig', 'compatlist', 'vmmetadata'] as const).map(name => [
				`${configFolder}/${name}`,
				xmlOf(name, cluster, hosts),
			]),
		),
		[`${configFolder}/fdm.cfg`]: '<config>\n   <log>\n      <level>verbose</level>\n   </log>\n</config>\n',
	};
}

export type Listing = 'hostlist' | 'clusterconfig' | 'compatlist' | 'vmmetadata';

/** What `prettyPrint.sh` shows. Only the elements of `hostlist` are on record; the others are made in their manner. */
export function xmlOf(what: Listing, cluster: HaCluster, hosts: readonly HostFacts[]): string {
	const {versions, settings, vms} = cluster;
	switch (what) {
		case 'hostlist':
			return xml(
				'hostList',
				versions.hostList,
				hosts.flatMap(host => hostXml(cluster, host)),
			);
		case 'clusterconfig':
			return xml('clusterConfig', versions.config, [
				...cluster.heartbeatDatastores.map(store => `   <heartbeatDatastore>${store}</heartbeatDatastore>`),
				...settings.isolationAddresses.map(
					(address, index) => `   <das.isolationaddress${index}>${address}</das.isolationaddress${index}>`,
				),
				`   <isolationResponse>${settings.response}</isolationResponse>`,
				`   <das.config.fdm.isolationPolicyDelaySec>${settings.responseDelayMs / 1000}</das.config.fdm.isolationPolicyDelaySec>`,
				`   <vmMonitoring>${settings.monitoring}</vmMonitoring>`,
				`   <vmComponentProtecting>${settings.vmcp ? 'enabled' : 'disabled'}</vmComponentProtecting>`,
			]);
		case 'compatlist':
			return xml(
				'compatList',
				versions.vmMetadata,
				vms.flatMap(({vmx}) => [
					'   <vm>',
					`      <cfgPath>${vmx}</cfgPath>`,
					...cluster.hosts.map(({moid}) => `      <hostId>${moid}</hostId>`),
					'   </vm>',
				]),
			);
		case 'vmmetadata':
			return xml(
				'vmMetadata',
				versions.vmMetadata,
				vms.flatMap(({vmx, priority, reservationMb}) => [
					'   <vm>',
					`      <cfgPath>${vmx}</cfgPath>`,
					`      <restartPriority>${priority}</restartPriority>`,
					`      <memReservation>${reservationMb}</memReservation>`,
					'   </vm>',
				]),
			);
	}
}

/** Source: the project's notes on the domain, 3.10: elements indented by six blanks, several `mac`. */
function hostXml(cluster: HaCluster, {host, name, address, macs}: HostFacts): readonly string[] {
	return [
		'   <host>',
		`      <hostId>${moidOf(cluster, host)}</hostId>`,
		`      <hostName>${name}</hostName>`,
		`      <ipAddr>${address}</ipAddr>`,
		...macs.map(mac => `      <mac>${mac}</mac>`),
		'   </host>',
	];
}

function xml(root: string, version: number, inner: readonly string[]): string {
	return lines([`<${root}>`, `   <version>${version}</version>`, ...inner, `</${root}>`]);
}

function lines(texts: readonly string[]): string {
	return texts.map(text => `${text}\n`).join('');
}
