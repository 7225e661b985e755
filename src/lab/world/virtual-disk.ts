/**
A disk of a virtual machine as files: a descriptor, which is real text, and the disk itself, of which the lab keeps one line.

> | # size 17179869184
> | # format eagerzeroedthick
> | # content CentOS 8 of ec1
*/
export type VirtualDisk = {
	readonly bytes: number;
	readonly format: DiskFormat;
	/** The name of the host whose system is on it; undefined: it is empty. */
	readonly system?: string;
};

const diskFormats = ['zeroedthick', 'eagerzeroedthick', 'thin'] as const;
export type DiskFormat = (typeof diskFormats)[number];

export function isDiskFormat(word: string): word is DiskFormat {
	return diskFormats.some(format => format === word);
}

/** `vm1/vm1.vmdk` -> `vm1/vm1-flat.vmdk`. */
export function flatOf(descriptor: string): string {
	return descriptor.replace(/\.vmdk$/, '-flat.vmdk');
}

/** Both files of a disk, by the path of its descriptor. */
export function diskFilesFor(descriptor: string, disk: VirtualDisk): Record<string, string> {
	return {[descriptor]: descriptorText(descriptor, disk), [flatOf(descriptor)]: flatText(disk)};
}

/** `vm1/vm1_lun.vmdk` -> `vm1/vm1_lun-rdmp.vmdk`. */
function mappingOf(descriptor: string): string {
	return descriptor.replace(/\.vmdk$/, '-rdmp.vmdk');
}

/** Both files of a raw device mapping in physical compatibility mode, by the path of its descriptor. They take no room. */
export function mappingFilesFor(descriptor: string, bytes: number): Record<string, string> {
	const disk: VirtualDisk = {bytes, format: 'zeroedthick'};
	const text = descriptorText(descriptor, disk)
		.replace('createType="vmfs"', 'createType="vmfsPassthroughRawDeviceMap"')
		.replace(
			/^RW (\d+) VMFS ".*"$/m,
			(_, sectors) => `RW ${sectors} VMFSRDM "${mappingOf(descriptor.slice(descriptor.lastIndexOf('/') + 1))}"`,
		);
	return {[descriptor]: text, [mappingOf(descriptor)]: flatText(disk)};
}

/** The disk whose descriptor this is, among the files of its volume; undefined: it is not there. */
export function diskAt(files: Readonly<Record<string, string>>, descriptor: string): VirtualDisk | undefined {
	return readDisk(files[flatOf(descriptor)] ?? files[mappingOf(descriptor)]);
}

function flatText({bytes, format, system}: VirtualDisk): string {
	return [`# size ${bytes}`, `# format ${format}`, ...(system === undefined ? [] : [`# system ${system}`])]
		.map(line => `${line}\n`)
		.join('');
}

/** What a flat file says of its disk; undefined: it is none. */
export function readDisk(flat: string | undefined): VirtualDisk | undefined {
	const said = (name: string) => new RegExp(`^# ${name} (.*)$`, 'm').exec(flat ?? '')?.[1];
	const format = said('format') ?? '';
	const system = said('system');
	return flat === undefined || !isDiskFormat(format)
		? undefined
		: {bytes: Number(said('size')), format, ...(system === undefined ? {} : {system})};
}

/** What a file takes of its volume, in bytes: a text next to nothing, a thin disk what is written to it, which here is nothing. */
export function roomOf(path: string, text: string): number {
	const disk = path.endsWith('-flat.vmdk') ? readDisk(text) : undefined;
	return disk === undefined || disk.format === 'thin' ? 0 : disk.bytes;
}

function descriptorText(path: string, {bytes, format}: VirtualDisk): string {
	const sectors = bytes / 512;
	const name = flatOf(path.slice(path.lastIndexOf('/') + 1));
	return `# Disk DescriptorFile
version=1
encoding="UTF-8"
CID=fffffffe
parentCID=ffffffff
createType="vmfs"

# Extent description
RW ${sectors} VMFS "${name}"

# The Disk Data Base
#DDB

ddb.adapterType = "lsilogic"
ddb.geometry.cylinders = "${Math.floor(sectors / (255 * 63))}"
ddb.geometry.heads = "255"
ddb.geometry.sectors = "63"
${format === 'thin' ? 'ddb.thinProvisioned = "1"\n' : ''}ddb.virtualHWVersion = "17"
`;
}
