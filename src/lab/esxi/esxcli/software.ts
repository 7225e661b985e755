import type {EsxcliCommand} from './command.js';
import {release} from './system.js';

/** What every host has, of the many packages of a release. */
const installed = ['esx-base', 'esx-ui', 'native-misc-drivers', 'vmkusb'].map(name => ({
	name,
	version: `${release.version}-${release.update}.${release.patch}.${release.build}`,
	vendor: 'VMware',
}));

export const softwareCommands: readonly EsxcliCommand[] = [
	{
		path: 'software vib list',
		description: 'List the packages.',
		options: [],
		run: ({footprints}) => ({
			kind: 'table',
			columns: ['Name', 'Version', 'Vendor', 'Acceptance Level', 'Install Date'],
			rows: [...installed, ...footprints.flatMap(({packages}) => packages)].map(({name, version, vendor}) => [
				name,
				version,
				vendor,
				'VMwareCertified',
				'2026-01-15',
			]),
		}),
	},
];
