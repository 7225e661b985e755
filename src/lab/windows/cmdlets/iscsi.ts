import type {Session} from '../host-state.js';
import {initiatorName, initiatorRuns, lunsAt} from '../iscsi.js';
import type {Call, Cmdlet} from '../powershell/cmdlet.js';
import {toText} from '../powershell/value.js';
import {given, instance, isNamed, truth} from './asking.js';

/** Asking a target, and logging in to it. */
const LOGIN_MS = 1_000;
/** Nobody answered. */
const TIMEOUT_MS = 15_000;

/** Microsoft's iSCSI initiator. */
export const iscsiCmdlets: readonly Cmdlet[] = [
	{
		name: 'Get-InitiatorPort',
		parameters: 'NodeAddress -ConnectionType',
		async run(call) {
			const {host} = call.shell.process;
			await call.emit(
				instance('MSFT_InitiatorPort', {
					InstanceName: 'ROOT\\ISCSIPRT\\0000_0',
					NodeAddress: initiatorName(host),
					PortAddress: '400001370000',
					ConnectionType: 'iSCSI',
					OperationalStatus: initiatorRuns(host) ? 'OK' : 'Stopped',
				}),
			);
		},
	},
	{
		name: 'New-IscsiTargetPortal',
		parameters: 'TargetPortalAddress TargetPortalPortNumber -InitiatorPortalAddress -InitiatorInstanceName',
		async run(call) {
			mustRun(call);
			const {process} = call.shell;
			const address = call.text('TargetPortalAddress') ?? '';
			const answers = targetsAt(call, address).length > 0;
			await process.io.sleep(answers ? LOGIN_MS : TIMEOUT_MS);
			if (!answers) {
				throw refusal(call, 'Connection Failed.', '3');
			}
			const {iscsi} = process.host;
			const portals = [...new Set([...iscsi.portals, address])];
			process.change({...process.host, iscsi: {...iscsi, portals}});
			await call.emit(portalObject(address));
		},
	},
	{
		name: 'Get-IscsiTargetPortal',
		parameters: 'TargetPortalAddress',
		async run(call) {
			mustRun(call);
			for (const address of call.shell.process.host.iscsi.portals) {
				if (isNamed(call, 'TargetPortalAddress', address)) {
					await call.emit(portalObject(address));
				}
			}
		},
	},
	{
		name: 'Remove-IscsiTargetPortal',
		parameters: 'TargetPortalAddress -InputObject',
		run(call) {
			mustRun(call);
			const {process} = call.shell;
			const {iscsi} = process.host;
			const portals = iscsi.portals.filter(address => !isNamed(call, 'TargetPortalAddress', address));
			process.change({...process.host, iscsi: {...iscsi, portals}});
		},
	},
	{
		name: 'Update-IscsiTargetPortal',
		parameters: 'TargetPortalAddress -InputObject',
		run: mustRun,
	},
	{name: 'Update-IscsiTarget', parameters: '', run: mustRun},
	{
		name: 'Get-IscsiTarget',
		parameters: 'NodeAddress -InputObject',
		async run(call) {
			mustRun(call);
			const {portals, sessions} = call.shell.process.host.iscsi;
			const found = portals.flatMap(address => targetsAt(call, address).map(({iqn}) => iqn));
			for (const iqn of new Set([...found, ...sessions.map(session => session.iqn)])) {
				if (isNamed(call, 'NodeAddress', iqn)) {
					await call.emit(targetObject(iqn, sessions));
				}
			}
		},
	},
	{
		name: 'Connect-IscsiTarget',
		parameters:
			'NodeAddress -IsPersistent -TargetPortalAddress -InitiatorPortalAddress -IsMultipathEnabled -InitiatorInstanceName -InputObject',
		run: connect,
	},
	{
		name: 'Disconnect-IscsiTarget',
		parameters: 'NodeAddress -Confirm! -InputObject',
		run(call) {
			mustRun(call);
			const {process} = call.shell;
			const {iscsi} = process.host;
			const asked = [...call.texts('NodeAddress'), ...given(call, 'NodeAddress').map(toText)];
			const sessions = iscsi.sessions.filter(({iqn}) => !asked.includes(iqn));
			process.change({
				...process.host,
				iscsi: {...iscsi, sessions},
				disks: process.host.disks.filter(({lun}) => lun === undefined || !asked.includes(lun.iqn)),
			});
		},
	},
	{
		name: 'Register-IscsiSession',
		parameters: 'SessionIdentifier -InputObject -IsMultipathEnabled',
		run(call) {
			const {process} = call.shell;
			const {iscsi} = process.host;
			const asked = [...call.texts('SessionIdentifier'), ...given(call, 'SessionIdentifier').map(toText)];
			const sessions = iscsi.sessions.map((session, index) =>
				asked.includes(identifier(index)) ? {...session, persistent: true} : session,
			);
			process.change({...process.host, iscsi: {...iscsi, sessions}});
		},
	},
	{
		name: 'Get-IscsiSession',
		parameters: 'SessionIdentifier -InputObject',
		async run(call) {
			mustRun(call);
			const {host} = call.shell.process;
			for (const [index, session] of host.iscsi.sessions.entries()) {
				await call.emit(
					instance('MSFT_iSCSISession', {
						AuthenticationType: 'NONE',
						InitiatorInstanceName: 'ROOT\\ISCSIPRT\\0000_0',
						InitiatorNodeAddress: initiatorName(host),
						IsConnected: session.connected,
						IsDiscovered: true,
						IsPersistent: session.persistent,
						NumberOfConnections: session.connected ? 1 : 0,
						SessionIdentifier: identifier(index),
						TargetNodeAddress: session.iqn,
					}),
				);
			}
		},
	},
	{
		name: 'Get-IscsiConnection',
		parameters: 'ConnectionIdentifier -InputObject -IscsiSession',
		async run(call) {
			mustRun(call);
			for (const [index, {connected, address}] of call.shell.process.host.iscsi.sessions.entries()) {
				if (connected) {
					await call.emit(
						instance('MSFT_iSCSIConnection', {
							ConnectionIdentifier: `${identifier(index)}-0`,
							InitiatorAddress: '0.0.0.0',
							InitiatorPortNumber: 49_000 + index,
							TargetAddress: address,
							TargetPortNumber: 3260,
							PSComputerName: null,
						}),
					);
				}
			}
		},
	},
];

function identifier(index: number): string {
	return `ffffb80c5d4a2010-40000137${index.toString(16).padStart(8, '0')}`;
}

function portalObject(address: string) {
	return instance('MSFT_iSCSITargetPortal', {
		InitiatorInstanceName: '',
		InitiatorPortalAddress: '',
		IsDataDigest: false,
		IsHeaderDigest: false,
		TargetPortalAddress: address,
		TargetPortalPortNumber: 3260,
	});
}

function targetObject(iqn: string, sessions: readonly Session[]) {
	return instance('MSFT_iSCSITarget', {
		IsConnected: sessions.some(session => session.iqn === iqn && session.connected),
		NodeAddress: iqn,
	});
}

function targetsAt(call: Call, address: string) {
	const {host, reach} = call.shell.process;
	return reach.network?.targetsAt(address, reach.networks, initiatorName(host)) ?? [];
}

/** Without its service every cmdlet of the initiator fails. */
function mustRun(call: Call): void {
	if (!initiatorRuns(call.shell.process.host)) {
		throw call.failure('The RPC server is unavailable.', {
			category: 'NotSpecified',
			target: '(MSFT_iSCSI:ROOT/Microsoft/Windows/Storage)',
			id: `HRESULT 0x800706ba,${call.name}`,
			exception: 'CimException',
		});
	}
}

function refusal(call: Call, message: string, code: string) {
	return call.failure(message, {
		category: 'NotSpecified',
		target: '(MSFT_iSCSI:ROOT/Microsoft/Windows/Storage)',
		id: `HRESULT 0xefff000${code},${call.name}`,
		exception: 'CimException',
	});
}

async function connect(call: Call): Promise<void> {
	mustRun(call);
	const {process} = call.shell;
	const iqn = call.text('NodeAddress') ?? toText(given(call, 'NodeAddress')[0] ?? null);
	const portals = call.has('TargetPortalAddress') ? call.texts('TargetPortalAddress') : process.host.iscsi.portals;
	const address = portals.find(each => targetsAt(call, each).some(target => target.iqn === iqn));
	await process.io.sleep(LOGIN_MS);
	if (address === undefined) {
		throw refusal(call, 'The target name is not found or is marked as hidden from login.', '3');
	}
	if (process.host.iscsi.sessions.some(session => session.iqn === iqn && session.connected)) {
		throw refusal(call, 'The target has already been logged in via an iSCSI session.', 'f');
	}
	if (lunsAt(process.host, {iqn, address}, process.reach) === undefined) {
		throw refusal(call, 'Authorization Failure.', 'a');
	}
	const {iscsi} = process.host;
	const session: Session = {iqn, address, persistent: truth(call, 'IsPersistent') ?? false, connected: true};
	const others = iscsi.sessions.filter(each => each.iqn !== iqn);
	process.change({...process.host, iscsi: {...iscsi, sessions: [...others, session]}});
	await process.io.sleep(LOGIN_MS);
	await call.emit(
		instance('MSFT_iSCSISession', {
			AuthenticationType: 'NONE',
			IsConnected: true,
			IsPersistent: session.persistent,
			SessionIdentifier: identifier(others.length),
			TargetNodeAddress: iqn,
		}),
	);
}
