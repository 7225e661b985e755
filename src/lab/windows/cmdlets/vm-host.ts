import type {Cmdlet} from '../powershell/cmdlet.js';
import {enumerated, PsObject} from '../powershell/value.js';
import {hyperV} from './vm-asking.js';

/** What holds for all virtual machines of a host. */
export const vmHostCmdlets: readonly Cmdlet[] = [
	{
		name: 'Get-VMHost',
		parameters: 'ComputerName',
		feature: hyperV,
		async run(call) {
			const {host} = call.shell.process;
			const {enabled, authentication, machinePath, diskPath} = host.migration;
			await call.emit(
				new PsObject('Microsoft.HyperV.PowerShell.VMHost', {
					Name: host.computerName.toUpperCase(),
					ComputerName: host.computerName.toUpperCase(),
					LogicalProcessorCount: 4,
					MemoryCapacity: host.memoryMb * 1024 ** 2,
					VirtualMachinePath: machinePath,
					VirtualHardDiskPath: diskPath,
					VirtualMachineMigrationEnabled: enabled,
					VirtualMachineMigrationAuthenticationType: enumerated(
						'Microsoft.HyperV.PowerShell.MigrationAuthenticationType',
						authentication,
						authentication === 'Kerberos' ? 1 : 0,
					),
				}),
			);
		},
	},
	{
		name: 'Set-VMHost',
		parameters:
			'ComputerName -VirtualMachinePath -VirtualHardDiskPath -VirtualMachineMigrationAuthenticationType -UseAnyNetworkForMigration -MaximumVirtualMachineMigrations',
		feature: hyperV,
		run(call) {
			const {process} = call.shell;
			const {migration} = process.host;
			const asked = call.text('VirtualMachineMigrationAuthenticationType')?.toLowerCase();
			const authentication = ['CredSSP', 'Kerberos'].find(each => each.toLowerCase() === asked);
			if (asked !== undefined && authentication === undefined) {
				throw call.failure(
					`Cannot bind parameter 'VirtualMachineMigrationAuthenticationType'. Cannot convert value "${asked}" to type "Microsoft.HyperV.PowerShell.MigrationAuthenticationType".`,
					{
						category: 'InvalidArgument',
						id: 'CannotConvertArgumentNoMessage,Microsoft.HyperV.PowerShell.Commands.SetVMHost',
						exception: 'ParameterBindingException',
					},
				);
			}
			process.change({
				...process.host,
				migration: {
					...migration,
					authentication: authentication ?? migration.authentication,
					machinePath: call.text('VirtualMachinePath') ?? migration.machinePath,
					diskPath: call.text('VirtualHardDiskPath') ?? migration.diskPath,
				},
			});
		},
	},
	...[true, false].map(
		(enabled): Cmdlet => ({
			name: enabled ? 'Enable-VMMigration' : 'Disable-VMMigration',
			parameters: 'ComputerName -PassThru!',
			feature: hyperV,
			run(call) {
				const {process} = call.shell;
				if (enabled && process.host.domain === undefined) {
					throw call.failure(
						'The operation failed because the computer is not a member of a domain. Live migration needs one.',
						{
							category: 'InvalidOperation',
							id: 'InvalidOperation,Microsoft.HyperV.PowerShell.Commands.EnableVMMigration',
							exception: 'VirtualizationException',
						},
					);
				}
				process.change({...process.host, migration: {...process.host.migration, enabled}});
			},
		}),
	),
];
