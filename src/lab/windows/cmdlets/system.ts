import type {Service, WindowsHost} from '../host-state.js';
import type {Call, Cmdlet} from '../powershell/cmdlet.js';
import {wildcard} from '../powershell/operators.js';
import {NotSimulated} from '../powershell/syntax.js';
import {
	dateText,
	PsDate,
	PsHash,
	PsObject,
	PsSpan,
	target,
	toList,
	toNumber,
	toText,
	type Value,
} from '../powershell/value.js';
import {isNamed} from './asking.js';

/** How long a service takes to start or stop. */
const SERVICE_MS = 2_000;

/** What asks and changes the host itself: time, processes, services, firewall, power. */
export const systemCmdlets: readonly Cmdlet[] = [
	{
		name: 'Get-Date',
		parameters: 'Date -Format -UFormat',
		async run(call) {
			const date = new PsDate(call.shell.process.io.now());
			if (call.has('Date') || call.has('UFormat')) {
				throw new NotSimulated('Get-Date with a date of its own');
			}
			const format = call.text('Format');
			await call.emit(format === undefined ? date : dateText(date, format));
		},
	},
	{
		name: 'Start-Sleep',
		parameters: 'Seconds -Milliseconds',
		async run(call) {
			const ms = call.has('Milliseconds')
				? toNumber(call.value('Milliseconds') ?? 0)
				: toNumber(call.value('Seconds') ?? 0) * 1000;
			await call.shell.display.flush();
			await call.shell.process.io.sleep(ms);
		},
	},
	{
		name: 'New-TimeSpan',
		parameters: '-Seconds -Minutes -Hours -Days',
		async run(call) {
			const part = (name: string, ms: number) => toNumber(call.value(name) ?? 0) * ms;
			await call.emit(
				new PsSpan(
					part('Seconds', 1000) + part('Minutes', 60_000) + part('Hours', 3_600_000) + part('Days', 86_400_000),
				),
			);
		},
	},
	{name: 'Get-Process', parameters: 'Name -Id', run: getProcess},
	{
		name: 'Stop-Process',
		parameters: 'Id -Name -Force!',
		async run(call) {
			for (const id of toList(call.value('Id') ?? null)) {
				if (!call.shell.process.io.kill(toNumber(id))) {
					await call.error(`Cannot find a process with the process identifier ${toText(id)}.`, noProcess(id));
				}
			}
		},
	},
	{name: 'Get-Service', parameters: 'Name -DisplayName -InputObject', run: getService},
	changeService('Start-Service', '', async (call, service) => {
		if (service.start === 'Disabled') {
			await call.error(
				`Service '${service.displayName} (${service.name})' cannot be started due to the following error: Cannot start service ${service.name} on computer '.'.`,
				{
					category: 'OpenError',
					target: '(System.ServiceProcess.ServiceController:ServiceController)',
					id: 'CouldNotStartService,Microsoft.PowerShell.Commands.StartServiceCommand',
					exception: 'ServiceCommandException',
				},
			);
			return undefined;
		}
		return {...service, running: true};
	}),
	changeService('Stop-Service', '-Force! -NoWait!', async (_, service) => ({...service, running: false})),
	changeService('Restart-Service', '-Force!', async (_, service) => ({...service, running: true})),
	changeService('Set-Service', '-StartupType -Status', async (call, service) => {
		const start = (['Automatic', 'Manual', 'Disabled'] as const).find(
			type => type.toLowerCase() === call.text('StartupType')?.toLowerCase(),
		);
		if (call.has('StartupType') && start === undefined) {
			throw new NotSimulated(`Set-Service -StartupType ${call.text('StartupType')}`);
		}
		const status = call.text('Status')?.toLowerCase();
		return {
			...service,
			start: start ?? service.start,
			running: status === undefined ? service.running : status === 'running',
		};
	}),
	{
		name: 'Get-CimInstance',
		parameters: 'ClassName -Namespace -Filter -Property',
		async run(call) {
			const {host, bootedAt, io} = call.shell.process;
			const name = (call.text('ClassName') ?? '').toLowerCase();
			if (name === 'win32_operatingsystem') {
				await call.emit(
					new PsObject('Microsoft.Management.Infrastructure.CimInstance', {
						Caption: host.edition,
						Version: host.version,
						LastBootUpTime: new PsDate(bootedAt),
						LocalDateTime: new PsDate(io.now()),
						CSName: host.computerName.toUpperCase(),
						TotalVisibleMemorySize: host.memoryMb * 1024,
					}),
				);
			} else if (name === 'win32_computersystem') {
				await call.emit(
					new PsObject('Microsoft.Management.Infrastructure.CimInstance', {
						Name: host.computerName.toUpperCase(),
						Domain: host.domain ?? 'WORKGROUP',
						PartOfDomain: host.domain !== undefined,
					}),
				);
			} else {
				throw new NotSimulated(`Get-CimInstance ${call.text('ClassName')}`);
			}
		},
	},
	{name: 'New-NetFirewallRule', parameters: firewall(), run: newRule},
	{name: 'Get-NetFirewallRule', parameters: '-Name -DisplayName', run: getRules},
	{
		name: 'Remove-NetFirewallRule',
		parameters: '-Name -DisplayName -InputObject',
		async run(call) {
			const {process} = call.shell;
			const doomed = await rulesAsked(call);
			process.change({...process.host, firewall: process.host.firewall.filter(rule => !doomed.includes(rule))});
		},
	},
	{
		name: 'Test-Connection',
		parameters: 'ComputerName -Count -Quiet!',
		async run(call) {
			const address = call.text('ComputerName') ?? '';
			const answers = call.shell.process.answers(address);
			await call.shell.process.io.sleep(answers ? 1_000 : 4_000);
			if (call.flag('Quiet')) {
				await call.emit(answers);
			} else if (!answers) {
				await call.error(`Testing connection to computer '${address}' failed: Error due to lack of resources`, {
					category: 'ResourceUnavailable',
					target: `(${address}:String)`,
					id: 'TestConnectionException,Microsoft.PowerShell.Commands.TestConnectionCommand',
					exception: 'PingException',
				});
			} else {
				await call.emit(new PsObject('System.Management.ManagementObject', {Address: address, StatusCode: 0}));
			}
		},
	},
	{
		name: 'Restart-Computer',
		parameters: 'ComputerName -Force!',
		run(call) {
			call.shell.process.shutDown('boot');
		},
	},
	{
		name: 'Stop-Computer',
		parameters: 'ComputerName -Force!',
		run(call) {
			call.shell.process.shutDown('off');
		},
	},
];

async function getProcess(call: Call): Promise<void> {
	const {io} = call.shell.process;
	const ids = toList(call.value('Id') ?? null);
	const all = io.processes();
	for (const id of ids) {
		if (!all.some(({processId}) => processId === toNumber(id))) {
			await call.error(`Cannot find a process with the process identifier ${toText(id)}.`, noProcess(id));
		}
	}
	for (const {processId, command, startedAt} of all) {
		const name = command.split(/[ \\]/)[0]?.replace(/\.exe$/i, '') ?? '';
		const isAsked = ids.length === 0 ? isNamed(call, 'Name', name) : ids.some(id => toNumber(id) === processId);
		if (isAsked) {
			await call.emit(
				new PsObject(
					'System.Diagnostics.Process',
					{Id: processId, ProcessName: name, Name: name, StartTime: new PsDate(startedAt)},
					{methods: {Kill: () => io.kill(processId)}},
				),
			);
		}
	}
}

function noProcess(id: Value) {
	return {
		category: 'ObjectNotFound',
		target: `(${toText(id)}:Int32)`,
		id: 'NoProcessFoundForGivenId,Microsoft.PowerShell.Commands.GetProcessCommand',
		exception: 'ProcessCommandException',
	};
}

function serviceObject({name, displayName, running, start}: Service): PsObject {
	return new PsObject('System.ServiceProcess.ServiceController', {
		Status: running ? 'Running' : 'Stopped',
		Name: name,
		DisplayName: displayName,
		ServiceName: name,
		StartType: start,
	});
}

async function servicesAsked(call: Call): Promise<readonly Service[]> {
	const given = [...(call.input ?? []), ...toList(call.value('InputObject') ?? null)];
	const names = [
		...call.texts('Name'),
		...given.map(value => toText(value instanceof PsObject ? (value.get('Name') ?? null) : value)),
	];
	const {services} = call.shell.process.host;
	const found = (names.length === 0 && !call.has('DisplayName') ? ['*'] : names).map(name => ({
		name,
		services: services.filter(
			service => wildcard(name).test(service.name) || service.displayName.toLowerCase() === name.toLowerCase(),
		),
	}));
	for (const {name, services: matching} of found) {
		if (matching.length === 0 && !/[*?]/.test(name)) {
			await call.error(`Cannot find any service with service name '${name}'.`, {
				category: 'ObjectNotFound',
				target: `(${name}:String)`,
				id: `NoServiceFoundForGivenName,Microsoft.PowerShell.Commands.${call.name.replace('-', '')}Command`,
				exception: 'ServiceCommandException',
			});
		}
	}
	const shown = services.filter(({displayName}) =>
		call.texts('DisplayName').some(pattern => wildcard(pattern).test(displayName)),
	);
	return [...new Set([...found.flatMap(each => each.services), ...shown])].toSorted((a, b) =>
		a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1,
	);
}

async function getService(call: Call): Promise<void> {
	for (const service of await servicesAsked(call)) {
		await call.emit(serviceObject(service));
	}
}

function changeService(
	name: string,
	more: string,
	change: (call: Call, service: Service) => Promise<Service | undefined>,
): Cmdlet {
	return {
		name,
		parameters: `Name -PassThru! -InputObject ${more}`,
		async run(call) {
			for (const service of await servicesAsked(call)) {
				const changed = await change(call, service);
				if (changed === undefined) {
					continue;
				}
				if (changed.running !== service.running || name === 'Restart-Service') {
					await call.shell.process.io.sleep(SERVICE_MS);
				}
				replaceService(call.shell.process.host, host => call.shell.process.change(host), changed);
				if (call.flag('PassThru')) {
					await call.emit(serviceObject(changed));
				}
			}
		},
	};
}

function replaceService(host: WindowsHost, change: (host: WindowsHost) => void, service: Service): void {
	change({...host, services: host.services.map(other => (other.name === service.name ? service : other))});
}

function nameOf(value: Value): string {
	return toText(value instanceof PsObject ? (value.get('Name') ?? null) : value);
}

function firewall(): string {
	return '-Name -DisplayName -Direction -Action -Protocol -LocalPort -Enabled -Profile -Description -Group';
}

function ruleObject({name, displayName, direction, action, enabled}: WindowsHost['firewall'][number]): PsObject {
	return new PsObject('Microsoft.Management.Infrastructure.CimInstance', {
		Name: name,
		DisplayName: displayName,
		Enabled: enabled ? 'True' : 'False',
		Direction: direction,
		Action: action,
	});
}

async function newRule(call: Call): Promise<void> {
	const {process} = call.shell;
	const displayName = call.text('DisplayName') ?? '';
	const name = call.text('Name') ?? `{${displayName}}`;
	if (process.host.firewall.some(rule => rule.name.toLowerCase() === name.toLowerCase() && call.has('Name'))) {
		throw call.failure('Cannot create a file when that file already exists.', {
			category: 'ResourceExists',
			target: target(new PsHash()).replace(
				'System.Collections.Hashtable:Hashtable',
				'MSFT_NetFirewallRule:root/standardcimv2/MSFT_NetFirewallRule',
			),
			id: 'Windows System Error 183,New-NetFirewallRule',
			exception: 'CimException',
		});
	}
	const rule = {
		name,
		displayName,
		direction: /^out/i.test(call.text('Direction') ?? '') ? ('Outbound' as const) : ('Inbound' as const),
		action: /^block/i.test(call.text('Action') ?? '') ? ('Block' as const) : ('Allow' as const),
		protocol: (call.text('Protocol') ?? 'Any').toUpperCase(),
		port: call.texts('LocalPort').join(',') || 'Any',
		enabled: !/^false$/i.test(call.text('Enabled') ?? 'True'),
	};
	process.change({...process.host, firewall: [...process.host.firewall, rule]});
	await call.emit(ruleObject(rule));
}

async function rulesAsked(call: Call): Promise<readonly WindowsHost['firewall'][number][]> {
	const given = (call.input ?? []).map(nameOf);
	const found = call.shell.process.host.firewall.filter(
		rule =>
			(call.input === undefined || given.includes(rule.name)) &&
			isNamed(call, 'Name', rule.name) &&
			isNamed(call, 'DisplayName', rule.displayName),
	);
	const asked = call.text('Name') ?? call.text('DisplayName');
	if (found.length === 0 && asked !== undefined && !/[*?]/.test(asked)) {
		await call.error(
			`No MSFT_NetFirewallRule objects found with property '${call.has('Name') ? 'InstanceID' : 'DisplayName'}' equal to '${asked}'.  Verify the value of the property and retry.`,
			{
				category: 'ObjectNotFound',
				target: `(${asked}:String)`,
				id: `CmdletizationQuery_NotFound_${call.has('Name') ? 'InstanceID' : 'DisplayName'},${call.name}`,
				exception: 'CimJobException',
			},
		);
	}
	return found;
}

async function getRules(call: Call): Promise<void> {
	for (const rule of await rulesAsked(call)) {
		await call.emit(ruleObject(rule));
	}
}
