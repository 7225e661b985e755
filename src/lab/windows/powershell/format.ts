import {propertyOf} from './members.js';
import {customType, PsDate, PsHash, PsObject, toText, type Value} from './value.js';

export type Column = {
	readonly title: string;
	readonly value: (of: Value) => Value;
	/** Undefined: as wide as the widest value. */
	readonly width?: number;
};

/** How objects of one kind are shown; those with the same key stand in one table. */
export type Shape =
	| {readonly kind: 'text'; readonly key: string; readonly text: string}
	| {readonly kind: 'table'; readonly key: string; readonly columns: readonly Column[]}
	| {readonly kind: 'list'; readonly key: string};

/** What `Format-Table` and `Format-List` made: lines ready for the console. */
export class Formatted extends PsObject {
	constructor(lines: readonly string[]) {
		super('Microsoft.PowerShell.Commands.Internal.Format.FormatEntryData', {}, {text: lines.join('\n')});
	}
}

/** The columns that PowerShell shows of its own objects, where those are not all. Type, then columns as `columnsNamed` reads them. */
const views: Readonly<Record<string, string>> = {
	'System.ServiceProcess.ServiceController': 'Status:8 Name:18 DisplayName',
	'System.Diagnostics.Process': 'Id ProcessName',
	'Microsoft.Windows.ServerManager.Commands.Feature': 'DisplayName:55 Name:30 InstallState:14',
	'Microsoft.Windows.ServerManager.Commands.FeatureOperationResult': 'Success RestartNeeded ExitCode FeatureResult',
	'System.IO.FileInfo': 'Mode:13 LastWriteTime:20 Length:14 Name',
	'System.IO.DirectoryInfo': 'Mode:13 LastWriteTime:20 Length:14 Name',
	'Microsoft.Powershell.Utility.FileHash': 'Algorithm:15 Hash:70 Path',
	'Microsoft.PowerShell.Commands.GenericMeasureInfo': '',
	'System.Management.Automation.PSDriveInfo': 'Name',
	'Microsoft.HyperV.PowerShell.VirtualMachine':
		'Name State CPUUsage(%)=CPUUsage MemoryAssigned(M)=MemoryAssigned/M Uptime Status Version',
	'Microsoft.HyperV.PowerShell.VMSwitch': 'Name SwitchType NetAdapterInterfaceDescription',
	'Microsoft.HyperV.PowerShell.VMNetworkAdapter': 'Name IsManagementOs VMName SwitchName MacAddress Status IPAddresses',
	'Microsoft.HyperV.PowerShell.HardDiskDrive':
		'VMName ControllerType ControllerNumber= ControllerLocation= DiskNumber Path',
	'Microsoft.HyperV.PowerShell.DvdDrive':
		'VMName ControllerType ControllerNumber= ControllerLocation= DvdMediaType Path',
	'Microsoft.HyperV.PowerShell.VMHost':
		'Name LogicalProcessorCount= MemoryCapacity(M)=MemoryCapacity/M VirtualMachineMigrationEnabled',
	'Microsoft.FailoverClusters.PowerShell.Cluster': 'Name',
	'Microsoft.FailoverClusters.PowerShell.ClusterNode': 'Name State Type',
	'Microsoft.FailoverClusters.PowerShell.ClusterGroup': 'Name OwnerNode State',
	'Microsoft.FailoverClusters.PowerShell.ClusterSharedVolume': 'Name State Node=OwnerNode',
	'Microsoft.FailoverClusters.PowerShell.ClusterResource': 'Name State OwnerGroup ResourceType',
	'Microsoft.FailoverClusters.PowerShell.ClusterResourceType': 'Name',
	'Microsoft.FailoverClusters.PowerShell.ClusterNetwork': 'Name State Metric= Role',
	'Microsoft.FailoverClusters.PowerShell.ClusterParameter': 'Object Name Value= Type',
	'Microsoft.FailoverClusters.PowerShell.ClusterQuorumSettings': 'Cluster QuorumResource',
	MSFT_Disk: 'Number= FriendlyName SerialNumber HealthStatus OperationalStatus TotalSize=Size/GB PartitionStyle',
	MSFT_Partition: 'PartitionNumber= DriveLetter Offset= Size/GB Type',
	MSFT_Volume:
		'DriveLetter FriendlyName FileSystemType DriveType HealthStatus OperationalStatus SizeRemaining/GB Size/GB',
	MSFT_NetAdapter: 'Name InterfaceDescription ifIndex= Status MacAddress LinkSpeed',
};

export function formatOf(value: PsObject | PsHash): Shape {
	if (value instanceof PsHash || value.type === 'System.Collections.DictionaryEntry') {
		return {kind: 'table', key: 'hash', columns: columnsNamed(['Name:30', 'Value'])};
	}
	const view = views[value.type.replace(/^.*#/, '')];
	if (
		value instanceof Formatted ||
		value.properties().length === 0 ||
		(value.text !== undefined && view === undefined)
	) {
		return {kind: 'text', key: 'text', text: value.text ?? value.type};
	}
	if (view !== undefined) {
		return view === ''
			? {kind: 'list', key: value.type}
			: {kind: 'table', key: value.type.replace(/^System\.IO\..*/, 'file'), columns: columnsNamed(view.split(' '))};
	}
	const names = value.properties().map(({name}) => name);
	const key = `${value.type === customType ? '' : value.type}${names.join()}`;
	return names.length > 4 ? {kind: 'list', key} : {kind: 'table', key, columns: columnsNamed(names)};
}

/**
> | Name:18                         a title, and a width if it is fixed
> | CPUUsage(%)=CPUUsage            another property, as text: numbers then stand at the left
> | MemoryAssigned(M)=MemoryAssigned/M     bytes in MB; /GB with the unit and two places
*/
export function columnsNamed(titles: readonly string[]): readonly Column[] {
	return titles.map(column => {
		const [, title = column, width, property, unit] = /^(.*?)(?::(\d+))?(?:=(.*?))?(?:\/(M|GB))?$/.exec(column) ?? [];
		const name = property || title;
		const isText = property !== undefined || unit !== undefined;
		return {
			title,
			value: of => (isText ? inUnit(cellOf(of, name), unit) : cellOf(of, name)),
			...(width === undefined ? {} : {width: Number(width)}),
		};
	});
}

function inUnit(value: Value, unit: string | undefined): Value {
	if (typeof value !== 'number' || unit === undefined) {
		return toText(value);
	}

	return unit === 'M' ? String(Math.floor(value / 1024 ** 2)) : `${(value / 1024 ** 3).toFixed(2)} GB`;
}

/** Every object as PowerShell lines it up: blank, titles, strokes, rows, blank. */
export function tableOf(objects: readonly Value[], columns: readonly Column[], hideTitles = false): readonly string[] {
	const rows = objects.flatMap(object =>
		object instanceof PsHash
			? object.entries().map(({key, value}) => [toText(key), shown(value)])
			: [columns.map(({value}) => shown(value(object)))],
	);
	const isNumber = (index: number) =>
		objects.length > 0 && objects.every(object => typeof columns[index]?.value(object) === 'number');
	const widths = columns.map(({title, width}, index) =>
		Math.max(title.length, width ?? 0, ...rows.map(row => Math.min(row[index]?.length ?? 0, width ?? Infinity))),
	);
	const line = (cells: readonly string[]) =>
		cells
			.map((cell, index) => {
				const width = widths[index] ?? 0;
				const isLast = index === cells.length - 1;
				const fits = cell.length > width && !isLast ? `${cell.slice(0, width - 3)}...` : cell;
				return isNumber(index) ? fits.padStart(width) : isLast ? fits : fits.padEnd(width);
			})
			.join(' ')
			.trimEnd();
	const titles = columns.map(({title}) => title);
	const head = hideTitles ? [] : [line(titles), line(titles.map(title => '-'.repeat(title.length)))];
	return ['', ...head, ...rows.map(line), '', ''];
}

export function listOf(objects: readonly Value[], names?: readonly string[]): readonly string[] {
	const lines = objects.flatMap(object => {
		const properties =
			names?.map(name => ({name, value: cellOf(object, name)})) ??
			(object instanceof PsObject
				? object.properties()
				: object instanceof PsHash
					? object.entries().map(({key, value}) => ({name: toText(key), value}))
					: [{name: 'Value', value: object}]);
		const width = Math.max(...properties.map(({name}) => name.length), 0);
		return [...properties.map(({name, value}) => `${name.padEnd(width)} : ${shown(value)}`), ''];
	});
	return ['', '', ...lines, '', ''];
}

function cellOf(of: Value, name: string): Value {
	return of instanceof PsHash && !of.has(name) ? null : propertyOf(of, name);
}

function shown(value: Value): string {
	if (Array.isArray(value)) {
		return `{${value.map(toText).join(', ')}}`;
	}
	return value instanceof PsDate ? toText(value).replaceAll(/\b0(?=\d\/|\d:)/g, '') : toText(value);
}
