import {type EsxiHost, fault} from '../../world/esxi-host.js';
import {
	addNetworkPortal,
	addSendTarget,
	removeNetworkPortal,
	removeSendTarget,
	rescanned,
	SOFTWARE_ADAPTER,
	setDelayedAck,
	setIqn,
	setSoftwareIscsi,
} from '../../world/services.js';
import {
	type Call,
	changedOr,
	type EsxcliCommand,
	type EsxcliOption,
	given,
	isTrue,
	type Result,
	required,
} from './command.js';

const adapter: EsxcliOption = {
	letter: 'A',
	long: 'adapter',
	takes: 'text',
	required: true,
	description: 'The iSCSI adapter.',
};
const address: EsxcliOption = {
	letter: 'a',
	long: 'address',
	takes: 'text',
	required: true,
	description: 'ADDRESS:PORT of the target.',
};

const nic: EsxcliOption = {
	letter: 'n',
	long: 'nic',
	takes: 'text',
	required: true,
	description: 'The VMkernel NIC: vmk1.',
};
const target: EsxcliOption = {letter: 'n', long: 'name', takes: 'text', description: 'Only this target.'};

export const iscsiCommands: readonly EsxcliCommand[] = [
	{
		path: 'iscsi adapter discovery sendtarget add',
		description: 'Add an address to ask for targets.',
		options: [adapter, address],
		run: call => onAdapter(call, ({host}) => changedOr(addSendTarget(host, withPort(required(call, 'address'))))),
	},
	{
		path: 'iscsi adapter discovery sendtarget list',
		description: 'List the addresses to ask for targets.',
		options: [{letter: 'A', long: 'adapter', takes: 'text', description: 'Only this adapter.'}],
		run: ({host}) => ({
			kind: 'table',
			columns: ['Adapter', 'Sendtarget'],
			rows: host.config.iscsi.sendTargets.map(target => [SOFTWARE_ADAPTER, target]),
		}),
	},
	{
		path: 'iscsi adapter discovery sendtarget remove',
		description: 'Remove an address to ask for targets.',
		options: [adapter, address],
		run: call => onAdapter(call, ({host}) => changedOr(removeSendTarget(host, withPort(required(call, 'address'))))),
	},
	{
		path: 'iscsi adapter discovery rediscover',
		description: 'Ask all addresses for targets again.',
		options: [{letter: 'A', long: 'adapter', takes: 'text', description: 'Only this adapter.'}],
		run: call => onAdapter(call, ({host}) => ({kind: 'changed', host: rescanned(host)})),
	},
	{
		path: 'iscsi adapter target list',
		description: 'List the targets that were found.',
		options: [{letter: 'A', long: 'adapter', takes: 'text', description: 'Only this adapter.'}],
		run: ({host}) => ({
			kind: 'table',
			columns: ['Adapter', 'Target', 'Max Cons', 'Discovery Method', 'Last Error'],
			rows: host.initiator.targets.map(({name, lastError}) => [SOFTWARE_ADAPTER, name, 0, 'SENDTARGETS', lastError]),
		}),
	},
	{
		path: 'iscsi adapter target portal list',
		description: 'List the portals of the targets that were found.',
		options: [
			{letter: 'A', long: 'adapter', takes: 'text', description: 'Only this adapter.'},
			{letter: 'n', long: 'name', takes: 'text', description: 'Only this target.'},
		],
		run: call => ({
			kind: 'table',
			columns: ['Adapter', 'Target', 'IP', 'Port', 'Tpgt'],
			rows: call.host.initiator.targets
				.filter(({name}) => [undefined, name].includes(given(call, 'name')))
				.map(({name, portal}) => {
					const [ip = '', port = '3260'] = portal.split(':');
					return [SOFTWARE_ADAPTER, name, ip, Number(port), 1];
				}),
		}),
	},
	{
		path: 'iscsi networkportal add',
		description: 'Bind a VMkernel NIC to the adapter.',
		options: [adapter, nic],
		run: call => onAdapter(call, ({host}) => changedOr(addNetworkPortal(host, required(call, 'nic')))),
	},
	{
		path: 'iscsi networkportal list',
		description: 'List the VMkernel NICs that are bound to the adapter.',
		options: [{letter: 'A', long: 'adapter', takes: 'text', description: 'Only this adapter.'}],
		run: ({host}) => ({
			kind: 'records',
			records: host.config.vmknics
				.filter(({name}) => host.config.iscsi.networkPortals.includes(name))
				.map(({name, ip, netmask, mac, mtu, portGroup}) => ({
					title: SOFTWARE_ADAPTER,
					fields: [
						['Adapter', SOFTWARE_ADAPTER],
						['Vmknic', name],
						['MAC Address', mac],
						['IPv4', ip],
						['IPv4 Subnet Mask', netmask],
						['Port Group', portGroup],
						['MTU', mtu],
						['Path Status', 'active'],
					],
				})),
		}),
	},
	{
		path: 'iscsi networkportal remove',
		description: 'Take the binding of a VMkernel NIC away.',
		options: [adapter, nic, {letter: 'f', long: 'force', takes: 'boolean', description: 'Even while it is used.'}],
		run: call => onAdapter(call, ({host}) => changedOr(removeNetworkPortal(host, required(call, 'nic')))),
	},
	{
		path: 'iscsi session add',
		description: 'Log in to targets that were found.',
		options: [adapter, target],
		run: call =>
			onAdapter(call, ({host}) => {
				const name = given(call, 'name');
				return name === undefined || host.initiator.targets.some(each => each.name === name)
					? {kind: 'changed', host: rescanned(host)}
					: fault('missing', 'target', name);
			}),
	},
	{
		path: 'iscsi session list',
		description: 'List the sessions.',
		options: [{letter: 'A', long: 'adapter', takes: 'text', description: 'Only this adapter.'}, target],
		run: call => ({
			kind: 'records',
			records: call.host.initiator.sessions
				.filter(
					session => [undefined, session.target].includes(given(call, 'name')) && session.offlineSince === undefined,
				)
				.map((session, index) => ({
					title: `${SOFTWARE_ADAPTER},${session.target},00023d00000${index + 1}`,
					fields: [
						['Adapter', SOFTWARE_ADAPTER],
						['Target', session.target],
						['ISID', `00023d00000${index + 1}`],
						['TargetPortalGroupTag', 1],
						['AuthenticationMethod', 'none'],
						['DataPduInOrder', true],
						['DataSequenceInOrder', true],
						['DefaultTime2Retain', 0],
						['DefaultTime2Wait', 2],
						['ErrorRecoveryLevel', 0],
						['FirstBurstLength', 65_536],
						['ImmediateData', true],
						['InitialR2T', false],
						['MaxBurstLength', 262_144],
						['MaxConnections', 1],
						['MaxOutstandingR2T', 1],
						['TSIH', index + 1],
					],
				})),
		}),
	},
	{
		path: 'iscsi session remove',
		description: 'Log out of targets.',
		options: [adapter, target],
		run: call =>
			onAdapter(call, ({host}) => {
				const name = given(call, 'name');
				if (name !== undefined && !host.initiator.sessions.some(each => each.target === name)) {
					return fault('missing', 'session', name);
				}

				const isGone = (other: string | undefined) => other !== undefined && [undefined, other].includes(name);
				return {
					kind: 'changed',
					host: {
						...host,
						disks: host.disks.filter(({lun}) => !isGone(lun?.target)),
						initiator: {...host.initiator, sessions: host.initiator.sessions.filter(each => !isGone(each.target))},
					},
				};
			}),
	},
	{
		path: 'iscsi adapter get',
		description: 'Show an iSCSI adapter.',
		options: [adapter],
		run: call =>
			onAdapter(call, ({host}) => ({
				kind: 'records',
				records: [
					{
						title: SOFTWARE_ADAPTER,
						fields: [
							['Name', host.config.iscsi.iqn],
							['Alias', ''],
							['Vendor', 'VMware'],
							['Model', 'iSCSI Software Adapter'],
							['Description', 'iSCSI Software Adapter'],
							['Serial Number', ''],
							['Hardware Version', ''],
							['Asic Version', ''],
							['Firmware Version', ''],
							['Option Rom Version', ''],
							['Driver Name', 'iscsi_vmk'],
							['Driver Version', ''],
							['TCP Protocol Supported', false],
							['Bidirectional Transfers Supported', false],
							['Maximum Cdb Length', 64],
							['Can Be NIC', false],
							['Is NIC', false],
							['Is Initiator', true],
							['Is Target', false],
							['Using TCP Offload Engine', false],
							['Using ISCSI Offload Engine', false],
						],
					},
				],
			})),
	},
	{
		path: 'iscsi adapter list',
		description: 'List the iSCSI adapters.',
		options: [],
		run: ({host}) => ({
			kind: 'table',
			columns: ['Adapter', 'Driver', 'State', 'UID', 'Description'],
			rows: host.config.iscsi.enabled
				? [[SOFTWARE_ADAPTER, 'iscsi_vmk', 'online', `iscsi.${SOFTWARE_ADAPTER}`, 'iSCSI Software Adapter']]
				: [],
		}),
	},
	{
		path: 'iscsi adapter param get',
		description: 'Show the parameters of an iSCSI adapter.',
		options: [adapter],
		run: call => onAdapter(call, ({host}) => parameters(host)),
	},
	{
		path: 'iscsi adapter param set',
		description: 'Set a parameter of an iSCSI adapter.',
		options: [
			adapter,
			{letter: 'k', long: 'key', takes: 'text', required: true, description: 'The parameter.'},
			{letter: 'v', long: 'value', takes: 'text', required: true, description: 'Its new value.'},
		],
		run: call =>
			onAdapter(call, ({host}) =>
				required(call, 'key') === 'DelayedAck'
					? {kind: 'changed', host: setDelayedAck(host, isTrue(required(call, 'value')))}
					: fault('invalid', 'option', required(call, 'key')),
			),
	},
	{
		path: 'iscsi adapter set',
		description: 'Set the name of an iSCSI adapter.',
		options: [adapter, {letter: 'n', long: 'name', takes: 'text', required: true, description: 'The new IQN.'}],
		run: call => onAdapter(call, ({host}) => changedOr(setIqn(host, required(call, 'name')))),
	},
	{
		path: 'iscsi software get',
		description: 'Show whether software iSCSI is on.',
		options: [],
		run: ({host}) => ({kind: 'text', text: `${host.config.iscsi.enabled}\n`}),
	},
	{
		path: 'iscsi software set',
		description: 'Turn software iSCSI on or off.',
		options: [{letter: 'e', long: 'enabled', takes: 'boolean', required: true, description: 'True or false.'}],
		run(call) {
			const enabled = isTrue(required(call, 'enabled'));
			return {
				kind: 'changed',
				host: setSoftwareIscsi(call.host, enabled),
				says: `Software iSCSI ${enabled ? 'Enabled' : 'Disabled'}\n`,
			};
		},
	},
];

function onAdapter(call: Call, run: (call: Call) => Result): Result {
	const name = given(call, 'adapter') ?? SOFTWARE_ADAPTER;
	return call.host.config.iscsi.enabled && name === SOFTWARE_ADAPTER ? run(call) : fault('missing', 'adapter', name);
}

function withPort(address: string): string {
	return address.includes(':') ? address : `${address}:3260`;
}

function parameters({config}: EsxiHost): Result {
	const settable = [true, false];
	return {
		kind: 'table',
		columns: ['Name', 'Current', 'Default', 'Min', 'Max', 'Settable', 'Inherit'],
		rows: [
			['ARP_Redirect', 'true', 'false', 'na', 'na', false, false],
			['DataDigest', 'prohibited', 'prohibited', 'na', 'na', ...settable],
			['DelayedAck', String(config.iscsi.delayedAck), 'true', 'na', 'na', ...settable],
			['HeaderDigest', 'prohibited', 'prohibited', 'na', 'na', ...settable],
			['LoginTimeout', '5', '5', '1', '60', ...settable],
			['NoopOutInterval', '15', '15', '1', '60', ...settable],
			['NoopOutTimeout', '10', '10', '10', '30', ...settable],
			['RecoveryTimeout', '10', '10', '1', '120', ...settable],
		],
	};
}
