import type {Feature, Service, WindowsHost} from './host-state.js';

/** What every server has running, or could have. */
export const services: readonly Service[] = [
	service('sshd', 'OpenSSH SSH Server', true, 'Automatic'),
	service('Dnscache', 'DNS Client', true, 'Automatic'),
	service('EventLog', 'Windows Event Log', true, 'Automatic'),
	service('LanmanServer', 'Server', true, 'Automatic'),
	service('LanmanWorkstation', 'Workstation', true, 'Automatic'),
	service('MSiSCSI', 'Microsoft iSCSI Initiator Service', false, 'Manual'),
	service('Spooler', 'Print Spooler', true, 'Automatic'),
	service('W32Time', 'Windows Time', true, 'Automatic'),
	service('WinRM', 'Windows Remote Management (WS-Management)', true, 'Automatic'),
];

/** Name, as people see it, whether it wants a restart. */
const known: ReadonlyArray<readonly [name: string, displayName: string, restart: boolean]> = [
	['Hyper-V', 'Hyper-V', true],
	['Failover-Clustering', 'Failover Clustering', false],
	['FS-iSCSITarget-Server', 'iSCSI Target Server', false],
	['Multipath-IO', 'Multipath I/O', true],
	['RSAT-Clustering', 'Failover Clustering Tools', false],
	['RSAT-Clustering-PowerShell', 'Failover Cluster Module for Windows PowerShell', false],
	['RSAT-Hyper-V-Tools', 'Hyper-V Management Tools', false],
	['Hyper-V-PowerShell', 'Hyper-V Module for Windows PowerShell', false],
	['Telnet-Client', 'Telnet Client', false],
	['Web-Server', 'Web Server (IIS)', false],
];

/** What `-IncludeManagementTools` installs with a feature. */
export const managementTools: Readonly<Record<string, readonly string[]>> = {
	'Hyper-V': ['RSAT-Hyper-V-Tools', 'Hyper-V-PowerShell'],
	'Failover-Clustering': ['RSAT-Clustering', 'RSAT-Clustering-PowerShell'],
};

/** Services that come with a feature. */
const featureServices: Readonly<Record<string, Service>> = {
	'Hyper-V': service('vmms', 'Hyper-V Virtual Machine Management', true, 'Automatic'),
	'Failover-Clustering': service('ClusSvc', 'Cluster Service', false, 'Disabled'),
	'FS-iSCSITarget-Server': service('WinTarget', 'Microsoft iSCSI Software Target', true, 'Automatic'),
};

/** With the services of the features that are installed. */
export function withFeatureServices(host: WindowsHost): WindowsHost {
	const missing = host.features
		.filter(({state}) => state === 'Installed')
		.flatMap(({name}) => featureServices[name] ?? [])
		.filter(({name}) => !host.services.some(service => service.name === name));
	return missing.length === 0 ? host : {...host, services: [...host.services, ...missing]};
}

/** All that a server can have; those of these names are installed, with their tools. */
export function featuresWith(names: readonly string[]): Feature[] {
	const installed = names.flatMap(name => [name, ...(managementTools[name] ?? [])]);
	return known.map(([name, displayName, restart]) => ({
		name,
		displayName,
		state: installed.includes(name) ? 'Installed' : 'Available',
		restart,
	}));
}

export const featureNames = known.map(([name]) => name);

/** The host with these features, their tools and services, as if they had always been there. */
export function withFeatures(host: WindowsHost, names: readonly string[]): WindowsHost {
	const installed = names.flatMap(name => [name, ...(managementTools[name] ?? [])]);
	const features = host.features.map(feature =>
		installed.includes(feature.name) ? {...feature, state: 'Installed' as const} : feature,
	);
	return withFeatureServices({...host, features});
}

export function isInstalled({features}: WindowsHost, name: string): boolean {
	return features.some(feature => feature.name === name && feature.state === 'Installed');
}

function service(name: string, displayName: string, running: boolean, start: Service['start']): Service {
	return {name, displayName, running, start};
}
