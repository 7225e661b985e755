import type {Vm, WindowsHost} from '../windows/host-state.js';

/** The world as the cluster meets it. */
export type Ground = {
	host(name: string): WindowsHost;
	replace(host: WindowsHost): void;
	/** Several at once. */
	replaceTogether(hosts: readonly WindowsHost[]): void;
	/** The host is on, and its cluster service runs. */
	serves(host: string): boolean;
	/** The host has power and has booted, whatever runs on it. */
	isOn(host: string): boolean;
	/** The host is going down in order, or its cluster service was stopped. */
	leaves(host: string): boolean;
	/** A packet gets from one to the other on one of these networks. */
	hears(one: string, other: string, networks: readonly string[]): boolean;
	/** The disk answers to the host. */
	sees(host: string, lun: string): boolean;
};

/** Paths of virtual machines on shared volumes begin with this. */
export const SHARED_ROOT = 'C:\\ClusterStorage\\';

/** > | C:\ClusterStorage\Volume1\vm\vm.vhdx      is on Volume1; undefined: on no shared volume */
function sharedVolumeOf(path: string): string | undefined {
	return path.toLowerCase().startsWith(SHARED_ROOT.toLowerCase())
		? path.slice(SHARED_ROOT.length).split('\\')[0]
		: undefined;
}

/** Every shared volume that it needs. */
export function sharedVolumesOf({path, disks}: Vm): readonly string[] {
	return [...new Set([path, ...disks.map(disk => disk.path)].flatMap(each => sharedVolumeOf(each) ?? []))];
}
