import type {Call, Cmdlet} from '../powershell/cmdlet.js';
import {PsObject, toText} from '../powershell/value.js';

/** The name of the computer, and the domain that it is a member of. */
export const domainCmdlets: readonly Cmdlet[] = [
	{
		name: 'Rename-Computer',
		parameters: 'NewName -Restart! -Force! -ComputerName -DomainCredential -LocalCredential',
		run: call => atNextBoot(call, {computerName: call.text('NewName')}),
	},
	{
		name: 'Add-Computer',
		parameters: 'DomainName Credential -NewName -OUPath -Restart! -Force! -PassThru! -ComputerName',
		run: join,
	},
	{
		name: 'ConvertTo-SecureString',
		parameters: 'String -AsPlainText! -Force!',
		async run(call) {
			const text = call.text('String') ?? toText(call.input?.[0] ?? null);
			if (!call.flag('AsPlainText')) {
				throw call.failure('Input string was not in a correct format.', {
					category: 'InvalidArgument',
					id: 'ImportSecureString_InvalidArgument,Microsoft.PowerShell.Commands.ConvertToSecureStringCommand',
					exception: 'PSArgumentException',
				});
			}
			if (!call.flag('Force')) {
				throw call.failure(
					'The system cannot protect plain text input. To suppress this warning and convert the plain text to a SecureString, reissue the command specifying the Force parameter. For more information, type: get-help ConvertTo-SecureString.',
					{
						category: 'InvalidArgument',
						id: 'ImportSecureString_ForceRequired,Microsoft.PowerShell.Commands.ConvertToSecureStringCommand',
						exception: 'ArgumentException',
					},
				);
			}
			if (text === '') {
				throw call.failure("Cannot bind argument to parameter 'String' because it is an empty string.", {
					category: 'InvalidData',
					id: 'ParameterArgumentValidationErrorEmptyStringNotAllowed,Microsoft.PowerShell.Commands.ConvertToSecureStringCommand',
					exception: 'ParameterBindingValidationException',
				});
			}
			await call.emit(new PsObject('System.Security.SecureString', {Length: text.length}));
		},
	},
];

async function atNextBoot(
	call: Call,
	changes: {readonly computerName?: string | undefined; readonly domain?: string},
): Promise<void> {
	const {process} = call.shell;
	const {computerName, domain} = {...process.host.afterBoot, ...changes};
	process.change({
		...process.host,
		afterBoot: {...(computerName === undefined ? {} : {computerName}), ...(domain === undefined ? {} : {domain})},
	});
	if (call.flag('Restart')) {
		process.shutDown('boot');
		return;
	}
	await call.shell.display.message(
		'warning',
		`The changes will take effect after you restart the computer ${process.environment.get('computername') ?? ''}.`,
	);
}

/** Nobody types here: without a credential it would ask for one. The lab takes any password that is not empty. */
async function join(call: Call): Promise<void> {
	const {process} = call.shell;
	const domain = call.text('DomainName') ?? '';
	const computer = process.host.computerName;
	const refused = (why: string) =>
		call.failure(
			`Computer '${computer}' failed to join domain '${domain}' from its current workgroup 'WORKGROUP' with following error message: ${why}`,
			{
				category: 'OperationStopped',
				target: `(${computer}:String)`,
				id: 'FailToJoinDomainFromWorkgroup,Microsoft.PowerShell.Commands.AddComputerCommand',
				exception: 'InvalidOperationException',
			},
		);
	if (!(call.value('Credential') instanceof PsObject)) {
		throw call.failure(
			'Windows PowerShell is in NonInteractive mode. Read and Prompt functionality is not available.',
			{
				category: 'InvalidOperation',
				id: 'System.Management.Automation.PSInvalidOperationException,Microsoft.PowerShell.Commands.AddComputerCommand',
				exception: 'PSInvalidOperationException',
			},
		);
	}
	if (process.host.domain?.toLowerCase() === domain.toLowerCase()) {
		throw call.failure(
			`Cannot add computer '${computer}' to domain '${domain}' because it is already in that domain.`,
			{
				category: 'ResourceExists',
				target: `(${computer}:String)`,
				id: 'AddComputerToSameDomain,Microsoft.PowerShell.Commands.AddComputerCommand',
				exception: 'InvalidOperationException',
			},
		);
	}
	await process.io.sleep(JOIN_MS);
	const controllers = process.host.adapters.flatMap(({dns}) => dns);
	if (!process.knowsDomain(domain) || !controllers.some(address => process.answers(address))) {
		throw refused('The specified domain either does not exist or could not be contacted.');
	}
	await atNextBoot(call, {
		domain: domain.toLowerCase(),
		...(call.has('NewName') ? {computerName: call.text('NewName')} : {}),
	});
}

/** Finding a controller, making the account. */
const JOIN_MS = 10_000;
