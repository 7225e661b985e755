import {type ClusterNetwork, defaultProperties, isUp, newCluster, nodeOf, withNode} from '../../wsfc/cluster.js';
import {networksShared, withClusterService} from '../../wsfc/form.js';
import {isInstalled} from '../features.js';
import type {Call, Cmdlet} from '../powershell/cmdlet.js';
import {enumerated, PsObject, toNumber} from '../powershell/value.js';
import {isPattern, namesAsked} from './asking.js';
import {about, clusterFailure, clusterHere, clustering, type Here, nodeNamed, nodeObject} from './cluster-asking.js';

/** Minutes on a real one, by the tests that are asked for. Of the lab's making. */
const VALIDATION_MS = 150_000;
const FORMING_MS = 30_000;
/** The cluster service starts or stops in this time. */
const SERVICE_MS = 5_000;

/** The failover cluster itself, its nodes and networks. */
export const clusterCmdlets: readonly Cmdlet[] = [
	{
		name: 'Test-Cluster',
		parameters: 'Node -Include -Ignore -ReportName -Cluster -List! -Disk',
		feature: clustering,
		run: validate,
	},
	{
		name: 'New-Cluster',
		parameters: 'Name -Node -StaticAddress -NoStorage! -IgnoreNetwork -AdministrativeAccessPoint -Force!',
		feature: clustering,
		run: form,
	},
	{
		name: 'Get-Cluster',
		parameters: 'Name -Domain',
		feature: clustering,
		async run(call) {
			await call.emit(clusterObject(clusterHere(call)));
		},
	},
	{
		name: 'Remove-Cluster',
		parameters: 'InputObject -Force! -CleanupAD!',
		feature: clustering,
		run(call) {
			const {wsfc, cluster} = clusterHere(call);
			wsfc.remove(cluster.name);
			for (const {host} of cluster.nodes) {
				wsfc.ground.replace(withClusterService(wsfc.ground.host(host), false));
			}
		},
	},
	{
		name: 'Get-ClusterNode',
		parameters: 'Name -Cluster -InputObject',
		feature: clustering,
		async run(call) {
			const here = clusterHere(call);
			for (const host of await nodesAsked(call, here)) {
				await call.emit(nodeObject(here, host));
			}
		},
	},
	nodeService('Start-ClusterNode', '-ClearQuarantine! -FixQuorum! -IgnorePersistentState!'),
	nodeService('Stop-ClusterNode', '-Force!'),
	pausing('Suspend-ClusterNode', '-Drain! -TargetNode -ForceDrain!', true),
	pausing('Resume-ClusterNode', '-Failback', false),
	{
		name: 'Get-ClusterNetwork',
		parameters: 'Name -Cluster -InputObject',
		feature: clustering,
		async run(call) {
			const here = clusterHere(call);
			const names = namesAsked(call);
			for (const name of names.filter(each => !isPattern(each))) {
				if (!here.cluster.networks.some(network => network.name.toLowerCase() === name.toLowerCase())) {
					await call.error(`The cluster network '${name}' was not found.`, about(call, name));
				}
			}
			for (const network of here.cluster.networks) {
				if (names.length === 0 || names.some(name => isLike(name, network.name))) {
					await call.emit(networkObject(here, network));
				}
			}
		},
	},
];

function isLike(pattern: string, name: string): boolean {
	return isPattern(pattern)
		? new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test(name)
		: pattern.toLowerCase() === name.toLowerCase();
}

/** `Get-Cluster | Select-Object Name,Resiliency*,Quarantine*` in this order. */
function clusterObject({wsfc, cluster}: Here): PsObject {
	const {properties} = cluster;
	const known = {...defaultProperties, ...properties};
	return new PsObject(
		'Microsoft.FailoverClusters.PowerShell.Cluster',
		{
			Name: cluster.name,
			Domain: wsfc.ground.host(cluster.coreOwner).domain ?? '',
			DrainOnShutdown: known['DrainOnShutdown'] ?? 1,
			ResiliencyDefaultPeriod: known['ResiliencyDefaultPeriod'] ?? 0,
			ResiliencyLevel: 'AlwaysIsolate',
			QuarantineDuration: known['QuarantineDuration'] ?? 0,
			QuarantineThreshold: known['QuarantineThreshold'] ?? 0,
			SameSubnetDelay: known['SameSubnetDelay'] ?? 0,
			SameSubnetThreshold: known['SameSubnetThreshold'] ?? 0,
		},
		{
			text: cluster.name,
			changed(name, value) {
				const now = wsfc.clusterNamed(cluster.name);
				if (now !== undefined && defaultProperties[name] !== undefined) {
					wsfc.put({...now, properties: {...now.properties, [name]: toNumber(value)}});
				}
			},
		},
	);
}

async function nodesAsked(call: Call, here: Here): Promise<readonly string[]> {
	const names = namesAsked(call);
	const found: string[] = [];
	for (const name of names.filter(each => !isPattern(each))) {
		const host = here.wsfc.hostNamed(name);
		if (host === undefined || nodeOf(here.cluster, host) === undefined) {
			await call.error(`The cluster node '${name}' was not found.`, about(call, name));
		} else {
			found.push(host);
		}
	}
	return names.length === 0 ? here.cluster.nodes.map(({host}) => host) : found;
}

const roleNames: Readonly<Record<number, string>> = {0: 'None', 1: 'Cluster', 3: 'ClusterAndClient'};

function networkObject({wsfc, cluster}: Here, network: ClusterNetwork): PsObject {
	const change = (changed: Partial<ClusterNetwork>) => {
		const now = wsfc.clusterNamed(cluster.name);
		if (now !== undefined) {
			const networks = now.networks.map(each => (each.id === network.id ? {...each, ...changed} : each));
			wsfc.put({...now, networks});
		}
	};
	const up = cluster.nodes.map(({host}) => host).filter(host => isUp(cluster, host));
	const [first = '', ...others] = up;
	const isWhole = others.every(other => wsfc.ground.hears(first, other, [network.network]));
	return new PsObject(
		'Microsoft.FailoverClusters.PowerShell.ClusterNetwork',
		{
			Name: network.name,
			State: isWhole ? 'Up' : 'Partitioned',
			Metric: network.role === 3 ? 70_240 : 30_240,
			Role: enumerated(
				'Microsoft.FailoverClusters.PowerShell.ClusterNetworkRole',
				roleNames[network.role] ?? 'None',
				network.role,
			),
			Address: network.subnet,
			AddressMask: '255.255.255.0',
			Id: network.id,
			Cluster: cluster.name,
		},
		{
			text: network.name,
			changed(name, value) {
				if (name === 'Name') {
					change({name: String(value)});
				} else if (name === 'Role') {
					const asked = Object.entries(roleNames).find(
						([, text]) => text.toLowerCase() === String(value).toLowerCase(),
					);
					change({role: asked === undefined ? toNumber(value) : Number(asked[0])});
				}
			},
		},
	);
}

/** The hosts of the names; ends the statement where one cannot be reached or cannot be a node. */
function candidates(call: Call): readonly string[] {
	const {process} = call.shell;
	const {wsfc, hostName} = process;
	const names = call
		.texts('Node')
		.flatMap(each => each.split(','))
		.map(name => name.trim());
	const asked = names.length === 0 ? [process.host.computerName] : names;
	return asked.map(name => {
		const host = wsfc?.hostNamed(name);
		const answers =
			host !== undefined &&
			(host === hostName || wsfc?.ground.host(host).adapters.some(({ip}) => ip !== '' && process.answers(ip)) === true);
		if (wsfc === undefined || host === undefined || !answers) {
			throw clusterFailure(
				call,
				`Unable to connect to ${name} via WMI. This may be due to networking issues or firewall configuration on ${name}.\n    The RPC server is unavailable`,
				name,
			);
		}
		if (!isInstalled(wsfc.ground.host(host), 'Failover-Clustering')) {
			throw clusterFailure(call, `The Failover Clustering feature is not installed on node '${name}'.`, name);
		}
		return host;
	});
}

async function validate(call: Call): Promise<void> {
	const {process} = call.shell;
	const hosts = candidates(call);
	await process.io.sleep(VALIDATION_MS * (call.has('Include') ? 0.6 : 1));
	const domains = new Set(hosts.map(host => process.wsfc?.ground.host(host).domain ?? ''));
	if (domains.size > 1) {
		await call.shell.display.message(
			'warning',
			'System Configuration - Validate Active Directory Configuration: The test reported failures..',
		);
	}
	const stamp = new Date(process.io.now())
		.toISOString()
		.slice(0, 19)
		.replace('T', ' At ')
		.replaceAll('-', '.')
		.replaceAll(':', '.');
	const name = `Validation Report ${stamp}.htm`;
	const folder = `${process.home}\\AppData\\Local\\Temp`;
	await process.files.write(
		`${folder}\\${name}`,
		Buffer.from(`<html><body>Failover Cluster Validation Report: ${hosts.join(', ')}</body></html>\r\n`),
	);
	await call.emit(
		new PsObject('System.IO.FileInfo', {
			Mode: '-a----',
			LastWriteTime: new Date(process.io.now()).toISOString().slice(0, 16).replace('T', ' '),
			Length: 100,
			Name: name,
			FullName: `${folder}\\${name}`,
		}),
	);
}

async function form(call: Call): Promise<void> {
	const {process} = call.shell;
	const {wsfc} = process;
	const name = call.text('Name') ?? '';
	const hosts = candidates(call);
	if (wsfc === undefined) {
		return;
	}
	for (const host of hosts) {
		if (wsfc.clusterOf(host) !== undefined) {
			throw clusterFailure(
				call,
				`An error occurred while performing the operation.\n    The computer '${wsfc.ground.host(host).computerName}' is joined to a cluster.`,
			);
		}
		if (wsfc.ground.host(host).domain === undefined && !call.has('AdministrativeAccessPoint')) {
			throw clusterFailure(
				call,
				`You do not have administrative privileges on the server '${wsfc.ground.host(host).computerName}'.`,
			);
		}
	}
	const [address = ''] = call.texts('StaticAddress');
	if (address !== '' && process.answers(address)) {
		throw clusterFailure(call, `Static address '${address}' was found on the network: the address is already in use.`);
	}
	await process.io.sleep(FORMING_MS);
	for (const host of hosts) {
		wsfc.ground.replace(withClusterService(wsfc.ground.host(host), true));
	}
	wsfc.put(newCluster(name, address, hosts, networksShared(name, hosts.map(wsfc.ground.host))));
	await call.emit(clusterObject(clusterHere(call)));
}

/** The node's own cluster service; of another one too, where it can be reached. */
function nodeService(name: string, more: string): Cmdlet {
	const starts = name === 'Start-ClusterNode';
	return {
		name,
		parameters: `Name -Cluster -Wait -InputObject ${more}`,
		feature: clustering,
		async run(call) {
			const {process} = call.shell;
			const {wsfc} = process;
			const names = namesAsked(call);
			for (const asked of names.length === 0 ? [process.host.computerName] : names) {
				const host = wsfc?.hostNamed(asked);
				const cluster = host === undefined ? undefined : wsfc?.clusterOf(host);
				if (wsfc === undefined || host === undefined || cluster === undefined) {
					throw clusterFailure(call, `The cluster node '${asked}' was not found.`, asked);
				}
				if (call.flag('ClearQuarantine')) {
					wsfc.put(withNode(cluster, host, {quarantinedUntil: undefined, losses: []}));
				}
				const before = wsfc.ground.host(host);
				const services = before.services.map(each => (each.name === 'ClusSvc' ? {...each, running: starts} : each));
				wsfc.ground.replace({...before, services});
				await process.io.sleep(SERVICE_MS);
				const now = wsfc.clusterOf(host);
				if (now !== undefined) {
					await call.emit(nodeObject({wsfc, cluster: now, host}, host));
				}
			}
		},
	};
}

function pausing(name: string, more: string, paused: boolean): Cmdlet {
	return {
		name,
		parameters: `Name -Cluster -Wait! -InputObject ${more}`,
		feature: clustering,
		async run(call) {
			const here = clusterHere(call);
			const names = namesAsked(call);
			const asked = names.length === 0 ? [call.shell.process.host.computerName] : names;
			for (const host of asked.map(each => nodeNamed(call, here, each))) {
				const {cluster} = clusterHere(call);
				here.wsfc.put(withNode(cluster, host, {paused}));
				await call.emit(nodeObject(clusterHere(call), host));
			}
		},
	};
}
