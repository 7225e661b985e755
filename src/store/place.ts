import {existsSync, readdirSync, readFileSync, realpathSync, statfsSync, statSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {UserError} from '../text/user-error.js';

/** Where a run file lies, as far as it matters for what is promised. `what`: in a word for a person, `nfs`, `Dropbox`. */
export type Place =
	| {readonly kind: 'local'}
	/** Locks and syncs are another computer's word. */
	| {readonly kind: 'network'; readonly what: string}
	/** Somebody else's program answers for the bytes, and it may be a network behind it. */
	| {readonly kind: 'program'; readonly what: string}
	/** A program takes copies of single files away while they are written. */
	| {readonly kind: 'synced'; readonly what: string};

/** What is asked of the disk to find that out. */
export type Surroundings = {
	readonly platform: NodeJS.Platform;
	/** `f_type` of statfs(2) for an existing path. */
	fileSystem(path: string): number;
	/** The text of /proc/self/mountinfo; empty where there is none. */
	mounts(): string;
	/** `major:minor` of the device that a path is on. */
	deviceOf(path: string): string;
	/** The names in a folder; none where it cannot be read. */
	namesIn(folder: string): readonly string[];
};

/** Source: linux/magic.h, and for Lustre, GFS2 and VirtualBox statfs(2). */
const NETWORK: ReadonlyMap<number, string> = new Map([
	[0x6969, 'nfs'],
	[0x517b, 'smb'],
	[0xff534d42, 'cifs'],
	[0xfe534d42, 'smb'],
	[0x01021997, '9p'],
	[0x5346414f, 'afs'],
	[0x6b414653, 'afs'],
	[0x73757245, 'coda'],
	[0x00c36400, 'ceph'],
	[0x7461636f, 'ocfs2'],
	[0x01161970, 'gfs2'],
	[0x0bd00bd0, 'lustre'],
	[0x786f4256, 'vboxsf'],
]);
const FUSE = 0x65735546;

/** Behind FUSE: the type that mountinfo names tells which program it is. `fuseblk` is a local disk, NTFS on a stick. */
const NETWORK_PROGRAMS =
	/^fuse\.(sshfs|rclone|s3fs|gcsfuse|davfs|glusterfs|ceph|gvfsd|curlftpfs|smbnetfs|onedriver|google-drive|juicefs|mount\.)/;

/**
Names of folders that a program synchronises, and files that it leaves in their root. Sources: the help pages of Dropbox
(`.dropbox.cache`), Apple's `~/Library/Mobile Documents` and `~/Library/CloudStorage`, the journal of the Nextcloud and
ownCloud clients (`.sync_ID.db`), Syncthing's `.stfolder`, Google Drive's `.tmp.drivedownload`.
*/
const SYNCED_BY_NAME: ReadonlyArray<readonly [string, RegExp]> = [
	['iCloud Drive', /^(Mobile Documents|com~apple~CloudDocs|iCloudDrive)$/],
	['OneDrive', /^OneDrive( - .+|-.+)?$/],
	['Dropbox', /^Dropbox( \(.+\)|-.+)?$/],
	['Google Drive', /^(Google ?Drive|GoogleDrive-.+|My Drive)$/],
	['Nextcloud', /^(Nextcloud|ownCloud)\d*$/],
];
const SYNCED_BY_MARKER: ReadonlyArray<readonly [string, RegExp]> = [
	['Dropbox', /^\.dropbox(\.cache)?$/],
	['Google Drive', /^\.tmp\.drive(download|upload)$/],
	['Nextcloud', /^(\._?sync_\w+\.db|\.nextcloudsync\.log|\.owncloudsync\.log)$/],
	['Syncthing', /^\.stfolder$/],
];

/** Where a run file of this path would lie; the folder need not be there yet. */
export function placeOf(path: string, around: Surroundings = surroundings): Place {
	if (around.platform === 'win32' && /^[\\/]{2}[^\\/?.]/.test(path)) {
		return {kind: 'network', what: 'a share'};
	}

	const wanted = dirname(resolve(path));
	const folder = nearestFolder(wanted);
	return (
		fileSystemOf(folder, around) ?? syncedByName(wanted, folder) ?? syncedByMarker(folder, around) ?? {kind: 'local'}
	);
}

/** Throws a UserError (status 5) where nothing that is promised would hold. */
export function requireSafePlace(path: string, place: Place): void {
	if (place.kind === 'network') {
		throw new UserError(
			'run-on-network',
			`${path} lies on a network file system (${place.what}): what was recorded there can be lost with the link, and two laptops could write it at once.`,
			'Keep runs on a local disk: copy the file there, or give another place with --run-file or FIELDBOOK_HOME.',
			5,
		);
	}
}

/** What a person should know of the place where a run is kept; undefined: nothing. */
export function cautionOf(path: string, place: Place): string | undefined {
	switch (place.kind) {
		case 'local':
		case 'network':
			return undefined;
		case 'program':
			return `${path} lies on a file system that a program serves (${place.what}): what was recorded there is as safe as that program makes it. Better keep runs on a local disk.`;
		case 'synced':
			return `${path} lies in a folder that ${place.what} synchronises: it may take a copy of the run in the middle of a step, or put an older one in its place. Better keep runs elsewhere, and hand them over with \`fieldbook export RUN --format run\`.`;
	}
}

function fileSystemOf(folder: string, around: Surroundings): Place | undefined {
	if (around.platform !== 'linux') {
		// What statfs calls a file system elsewhere is a number that changes with the order of mounting
		return undefined;
	}

	const type = around.fileSystem(folder);
	const network = NETWORK.get(type);
	if (network !== undefined) {
		return {kind: 'network', what: network};
	}

	const program = type === FUSE ? mountedAs(around.mounts(), around.deviceOf(folder)) : undefined;
	if (program === undefined || program === 'fuseblk') {
		return undefined;
	}

	return {kind: NETWORK_PROGRAMS.test(program) ? 'network' : 'program', what: program};
}

/**
> | 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - fuse.sshfs host:/ rw

Source: proc_pid_mountinfo(5): the third word is the device, the type stands behind the lone dash.
*/
function mountedAs(mounts: string, device: string): string {
	const found = mounts.split('\n').find(line => line.split(' ')[2] === device);
	return / - (\S+)/.exec(found ?? '')?.[1] ?? 'fuse';
}

function syncedByName(...folders: readonly string[]): Place | undefined {
	const names = folders.flatMap(folder => folder.split(/[\\/]/));
	const found = SYNCED_BY_NAME.find(([, name]) => names.some(part => name.test(part)));
	return found && {kind: 'synced', what: found[0]};
}

function syncedByMarker(folder: string, around: Surroundings): Place | undefined {
	for (let root = folder; ; root = dirname(root)) {
		const left = around.namesIn(root);
		// `.dropbox` in a home is the program's own settings
		const marker = SYNCED_BY_MARKER.find(([, file]) => left.some(name => file.test(name) && !isSettings(root, name)));
		if (marker !== undefined) {
			return {kind: 'synced', what: marker[0]};
		}

		if (root === dirname(root)) {
			return undefined;
		}
	}
}

function isSettings(folder: string, name: string): boolean {
	return name === '.dropbox' && existsSync(join(folder, name, 'instance1'));
}

/** Of folders that are still to be made, the one that they will be made in. Links are followed. */
function nearestFolder(folder: string): string {
	return existsSync(folder) || folder === dirname(folder) ? realpathSync(folder) : nearestFolder(dirname(folder));
}

const surroundings: Surroundings = {
	platform: process.platform,
	fileSystem: path => statfsSync(path).type >>> 0,
	mounts: () => (existsSync('/proc/self/mountinfo') ? readFileSync('/proc/self/mountinfo', 'utf8') : ''),
	deviceOf: path => {
		const {dev} = statSync(path);
		// Source: gnu_dev_major(3) for the numbers below 2^32
		return `${(dev >>> 8) & 0xfff}:${(dev & 0xff) | ((dev >>> 12) & 0xfff00)}`;
	},
	namesIn: folder => {
		try {
			return readdirSync(folder);
		} catch {
			return [];
		}
	},
};
