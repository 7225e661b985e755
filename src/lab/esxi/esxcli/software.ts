import {type EsxiRelease, releaseOf} from '../../world/esxi-release.js';
import type {EsxcliCommand} from './command.js';

/** What every host has, of the many packages of a release. */
const installed = ({version, update, patch, build}: EsxiRelease) =>
	['esx-base', 'esx-ui', 'native-misc-drivers', 'vmkusb'].map(name => ({
		name,
		version: `${version}-${update}.${patch}.${build}`,
		vendor: 'VMware',
	}));

export const softwareCommands: readonly EsxcliCommand[] = [
	{
		path: 'software vib list',
		description: 'List the packages.',
		options: [],
		run: ({host, footprints}) => ({
			kind: 'table',
			columns: ['Name', 'Version', 'Vendor', 'Acceptance Level', 'Install Date'],
			rows: [...installed(releaseOf(host)), ...footprints.flatMap(({packages}) => packages)].map(
				({name, version, vendor}) => [name, version, vendor, 'VMwareCertified', '2026-01-15'],
			),
		}),
	},
];
