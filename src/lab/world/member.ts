import type {ProblemList} from '../../runbook/problem-list.js';
import type {YamlNode} from '../../runbook/yaml.js';
import type {DictatedFile, LabCommand, LabHost, Platform, WorldTime} from '../host.js';
import type {MirrorDevice} from '../linux/disks.js';
import type {LinuxHost} from '../linux/linux-host.js';
import type {WindowsHost} from '../windows/host-state.js';
import type {EsxiHost} from './esxi-host.js';
import type {WorldPart} from './part.js';

/** One host of the machine room, of whatever kind. It holds its own state, and says so to its neighbourhood when that changes. */
export type Member = {
	readonly name: string;
	/** As people call it: `ESXi#1`. */
	readonly label: string;
	/** The host that this one is a virtual machine of; it has power only while that one is on. */
	readonly runsOn: string | undefined;
	/** A virtual machine that boots when its host has booted. */
	readonly autostart: boolean;
	/** The cluster group that starts this virtual machine, wherever the group is. */
	readonly protectedBy?: string | undefined;
	/** The name by which hosts know it as a virtual machine; undefined: it is a machine of its own. */
	readonly vm?: string | undefined;
	/** What it is made of where `runs_on` makes it a virtual machine. */
	readonly hardware?: Hardware;
	/** False: there is no system on it, so that nothing boots. */
	readonly isInstalled?: boolean;
	/** A host that keeps an inventory of its virtual machines, and switches those itself. */
	readonly hasInventory?: true;
	/** For what spans hosts and acts on their virtual machines; undefined: it has none. */
	readonly inventory?: Inventory;
	/** Lets follow what has changed elsewhere: a guest has shut down, a volume is gone. True: something changed. */
	follow?(now: WorldTime): boolean;
	/** A person has put a system onto the disk of one of its virtual machines, and switched that on. Throws an Error with a sentence. */
	installGuest?(guest: Member, now: WorldTime): void;
	/** Registers a virtual machine on another host; undefined: on none. */
	moveTo?(host: string | undefined): void;
	labHost(): LabHost;
	/** When something will happen to it by itself; undefined: nothing is under way. */
	nextChange(now: WorldTime): WorldTime | undefined;
	/** Lets everything happen that is due. */
	advance(now: WorldTime): void;
	/** Only called while it is not off. */
	cutPower(now: WorldTime): void;
	/** Only called while it is off. */
	powerOn(now: WorldTime): void;
	/** What the words behind `set` say; `checkDeed` of its kind found nothing wrong with them. Throws an Error with a sentence. */
	deed(words: readonly string[], now: WorldTime): string;
	/** What somebody in front of it would see, as one line. */
	look(now: WorldTime): string;
	/** Where it answers packets at this moment. */
	addresses(): readonly Interface[];
	/** Whether a NIC of one of its virtual machines gets through to this network. */
	carries(network: string, nic?: GuestNic): boolean;
	/** Whether a service runs; a host without it has no services. */
	runs?(service: string): boolean;
	setService?(service: string, runs: boolean, now: WorldTime): void;
	/** Bytes of a block device of a service console; undefined: it cannot be read. Linux hosts show their disks whole. */
	deviceBytes?(device: string): number | 'unknown' | undefined;
	/** Whether a package is installed. */
	has?(packageName: string): boolean;
	/** Writes a line into its log. */
	log?(source: string, text: string, now: WorldTime): void;
	/** An orderly shutdown begins. */
	shutDown?(andThen: 'off' | 'boot', now: WorldTime): void;
	/** The whole state of an ESXi host, for what spans hosts and reaches into them; undefined: it is none. */
	readonly esxi?: Held<EsxiHost>;
	/** The whole state of a Linux host; undefined: it is none. */
	readonly linux?: Held<LinuxHost>;
	/** The whole state of a Windows host; undefined: it is none. */
	readonly windows?: Held<WindowsHost> & {replaceTogether(hosts: readonly WindowsHost[]): void};
	/** Plain JSON with at least `kind` and `name`. */
	toJSON(): SavedMember;
};

/** The `number`th NIC, from 0, of the virtual machine of this name. */
type GuestNic = {readonly vm: string | undefined; readonly number: number};

/** The state of a host as it is at this moment, and the way to change it. */
export type Held<Host> = {now(): Host; replace(host: Host): void};

/** Of a virtual machine. */
export type Hardware = {
	/** As a vmx has it: `centos8-64`. */
	readonly guestOs: string;
	readonly cpus: number;
	readonly memoryMb: number;
	/** In bytes; the system is on the first. */
	readonly disks: readonly number[];
	/** Further lines of its vmx. */
	readonly settings?: Readonly<Record<string, string>>;
	/** The network of each NIC. */
	readonly networks: readonly string[];
	/** The label of the datastore that it is on; undefined: the first of its host. */
	readonly datastore: string | undefined;
};

/**
An address, and the networks that its packets get to. What virtual machines and VMkernel NICs of one ESXi host share, even while no
cable is in, is a network of its own: `esxi1:iscsi`.
*/
export type Interface = {readonly ip: string; readonly networks: readonly string[]};

/** The virtual machines of a host, for software that starts and ends them without asking anybody. Each is found by its name. */
export type Inventory = {
	machines(): readonly (VmNamed & {readonly isOn: boolean})[];
	/** Why this host could not start it, in the words of the host; undefined: it can. */
	refuses(vm: VmNamed): string | undefined;
	/** Registers it if it is not, breaks a lock that was left behind, and says of a copy that it was moved. Why it does not run; undefined: it does. */
	start(vm: VmNamed, now: WorldTime): string | undefined;
	/** At once, as if its process had died. */
	stop(vm: VmNamed, now: WorldTime): void;
	/** Asks its guest to shut down. A guest that hears nothing goes on. */
	shutDown(vm: VmNamed, now: WorldTime): void;
	/** Carries it to another host of the same kind while it runs. */
	migrate(vm: VmNamed, to: string, now: WorldTime): void;
	reset(vm: VmNamed, now: WorldTime): void;
	unregister(vm: VmNamed, now: WorldTime): void;
	/** What somebody would see of the virtual machine of this name, as one line; undefined: it is not here. */
	look(vm: string, now: WorldTime): string | undefined;
};

export type VmNamed = {readonly name: string; readonly vmx: string};

/** What a part of the room has put on a host, beside commands, files and addresses. */
export type Footprint = {
	readonly packages: readonly {readonly name: string; readonly version: string; readonly vendor: string}[];
	readonly connections: readonly Connection[];
};

export type Connection = {
	readonly protocol: string;
	readonly local: string;
	readonly foreign: string;
	/** Empty: a protocol without connections. */
	readonly state: string;
	/** The program. */
	readonly world: string;
};

export type SavedMember = {readonly kind: string; readonly name: string};

/** The machine room as its hosts know it. */
export type Neighbourhood = {
	/** To be called after each change of the state of `name`. */
	changed(name: string): void;
	/** Throws a RangeError for an unknown name. */
	host(name: string): Member;
	/** Whether somebody on one of these networks answers at the address. */
	answers(address: string, networks: readonly string[]): boolean;
	/** The virtual machines that run on it, in the order of the lab file. */
	guests(name: string): readonly Member[];
	/** The member that is the virtual machine of this name; undefined: nobody looks into it. */
	guest(vm: string): Member | undefined;
	/** Addresses that cluster software has put on the host. */
	floating(name: string): readonly string[];
	/** Devices that cluster software has made of partitions of the host, as long as they are active there. */
	mirrorDevices(name: string): readonly MirrorDevice[];
	/** Files that the parts of the room have put on the host. */
	partFiles(name: string): Readonly<Record<string, DictatedFile>>;
	/** What else the parts of the room have put on the host. */
	footprints(name: string): readonly Footprint[];
	/** Commands that the parts of the room, such as cluster software, bring to the host. */
	partCommands(name: string): readonly LabCommand[];
	/** The parts of a kind. */
	parts(kind: string): readonly WorldPart[];
};

/** What hosts of one platform are: how `lab.yaml` describes them, and how they come to life. */
export type HostKind = {
	readonly platform: Platform['name'];
	/** The `set …` forms that its hosts know, for messages: `set cable HOST NIC in|out`. */
	readonly deeds: readonly string[];
	/** A problem with the words behind `set`, whose second is a host of this kind or HOST; undefined: they can be done. */
	checkDeed(words: readonly string[]): string | undefined;
	/** A new host as `node` of `lab.yaml` describes it, the `number`th of its kind (from 1); undefined after a problem. */
	read(node: YamlNode, name: string, number: number, problems: ProblemList): SavedMember | undefined;
	/** The host with cluster software on it; a kind without it has no clusters. */
	withClusterSoftware?(saved: SavedMember): SavedMember;
	/** Which cluster group starts this virtual machine; undefined: none. */
	protectedBy?(saved: SavedMember): string | undefined;
	/** The host with these public keys of others, which let them in as its administrator; a kind without it lets in nobody with a key. */
	letIn?(saved: SavedMember, keys: readonly string[]): SavedMember;
	/** A virtual machine as it is on this host. */
	runningOn?(saved: SavedMember, host: string): SavedMember;
	/** Hosts of one machine room. `restore` throws if what was saved is not one. */
	enter(neighbourhood: Neighbourhood): {restore(saved: SavedMember): Member};
};
