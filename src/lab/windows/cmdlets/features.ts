import {managementTools, withFeatureServices} from '../features.js';
import type {Feature} from '../host-state.js';
import type {Call, Cmdlet} from '../powershell/cmdlet.js';
import {wildcard} from '../powershell/operators.js';
import {PsObject, toText, type Value} from '../powershell/value.js';

/** A feature of a server that has its files: minutes on a real one. */
const FEATURE_MS = 60_000;

/** Roles and features of the server, and capabilities of the system. */
export const featureCmdlets: readonly Cmdlet[] = [
	{name: 'Get-WindowsFeature', parameters: 'Name', run: getFeature},
	{
		name: 'Install-WindowsFeature',
		parameters: 'Name -IncludeManagementTools! -IncludeAllSubFeature! -Restart! -Source',
		run: call => changeFeatures(call, true),
	},
	{
		name: 'Uninstall-WindowsFeature',
		parameters: 'Name -IncludeManagementTools! -Restart! -Remove!',
		run: call => changeFeatures(call, false),
	},
	{
		name: 'Get-WindowsCapability',
		parameters: '-Name -Online!',
		async run(call) {
			for (const name of capabilities.filter(each => call.texts('Name').every(asked => wildcard(asked).test(each)))) {
				await call.emit(
					new PsObject('Microsoft.Dism.Commands.BasicCapabilityObject', {Name: name, State: 'Installed'}),
				);
			}
		},
	},
	{
		name: 'Add-WindowsCapability',
		parameters: '-Name -Online!',
		async run(call) {
			const name = call.text('Name') ?? '';
			if (!capabilities.some(each => each.toLowerCase() === name.toLowerCase())) {
				throw call.failure('Add-WindowsCapability failed. Error code = 0x800f0954', {
					id: 'Microsoft.Dism.Commands.AddWindowsCapabilityCommand',
					exception: 'COMException',
				});
			}
			await call.emit(
				new PsObject('Microsoft.Dism.Commands.ImageObject', {Path: '', Online: true, RestartNeeded: false}),
			);
		},
	},
];

/** OpenSSH is there: nobody would be logged in without it. */
const capabilities = ['OpenSSH.Client~~~~0.0.1.0', 'OpenSSH.Server~~~~0.0.1.0'];

async function featuresAsked(call: Call): Promise<readonly Feature[]> {
	const {features} = call.shell.process.host;
	const names = [...call.texts('Name'), ...(call.input ?? []).map(nameOfFeature)];
	const found: Feature[] = [];
	for (const name of names) {
		const matching = features.filter(feature => wildcard(name).test(feature.name));
		if (matching.length === 0 && !/[*?]/.test(name)) {
			throw call.failure(
				`ArgumentNotValid: The role, role service, or feature name is not valid: '${name}'. The name was not found.`,
				{
					category: 'InvalidArgument',
					target: `(${name}:String)`,
					id: `NameDoesNotExist,Microsoft.Windows.ServerManager.Commands.${call.name.replaceAll('-', '')}Command`,
					exception: 'Exception',
				},
			);
		}
		found.push(...matching);
	}
	return names.length === 0 ? features : found;
}

function nameOfFeature(value: Value): string {
	return toText(value instanceof PsObject ? (value.get('Name') ?? null) : value);
}

async function getFeature(call: Call): Promise<void> {
	for (const {name, displayName, state} of await featuresAsked(call)) {
		const isInstalled = state !== 'Available';
		await call.emit(
			new PsObject('Microsoft.Windows.ServerManager.Commands.Feature', {
				DisplayName: `[${isInstalled ? 'X' : ' '}] ${displayName}`,
				Name: name,
				InstallState: state,
				Installed: isInstalled,
			}),
		);
	}
}

async function changeFeatures(call: Call, install: boolean): Promise<void> {
	const {process} = call.shell;
	const asked = await featuresAsked(call);
	const names = new Set(
		asked.flatMap(({name}) => [name, ...(call.flag('IncludeManagementTools') ? (managementTools[name] ?? []) : [])]),
	);
	const toChange = process.host.features.filter(
		({name, state}) => names.has(name) && (state === 'Available') === install,
	);
	const restart = toChange.some(feature => feature.restart);
	if (toChange.length > 0) {
		await process.io.sleep(FEATURE_MS);
	}
	const state = (feature: Feature): Feature['state'] =>
		install ? (feature.restart ? 'InstallPending' : 'Installed') : 'Available';
	const features = process.host.features.map(feature =>
		toChange.some(({name}) => name === feature.name) ? {...feature, state: state(feature)} : feature,
	);
	process.change(withFeatureServices({...process.host, features}));
	await call.emit(
		new PsObject('Microsoft.Windows.ServerManager.Commands.FeatureOperationResult', {
			Success: true,
			RestartNeeded: restart ? 'Yes' : 'No',
			ExitCode: toChange.length === 0 ? 'NoChangeNeeded' : restart ? 'SuccessRestartRequired' : 'Success',
			FeatureResult: toChange.map(({displayName}) => displayName),
		}),
	);
	if (restart && call.flag('Restart')) {
		process.shutDown('boot');
	}
}
