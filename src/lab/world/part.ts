import type {ProblemList} from '../../runbook/problem-list.js';
import type {YamlNode} from '../../runbook/yaml.js';
import type {DictatedFile, LabCommand, WorldTime, WorldWork} from '../host.js';
import type {MirrorDevice} from '../linux/disks.js';
import type {Footprint, Member, SavedMember} from './member.js';

/** What is no host and spans several: a cluster, a storage network. It holds its own state. */
export type WorldPart = {
	readonly kind: string;
	/** What `look NAME` takes. */
	readonly name: string;
	/** When something will happen by itself; undefined: nothing is under way. */
	nextChange(now: WorldTime): WorldTime | undefined;
	/** Lets everything follow that is due, or that a change elsewhere brings. True: something changed; all parts are then asked again. */
	settle(now: WorldTime): boolean;
	/** What somebody would see of it, as one line. */
	look(now: WorldTime): string;
	/** Commands that it brings to a host; asked for once, when the host's machine is made. */
	commands?(host: string): readonly LabCommand[];
	/** Addresses that it has put on a host. */
	floating?(host: string): readonly string[];
	/** Devices that it has made of partitions of the host, as long as they are active there: `/dev/NMP1`. */
	mirrorDevices?(host: string): readonly MirrorDevice[];
	/** Files that it has put on a host. */
	files?(host: string): Readonly<Record<string, DictatedFile>>;
	/** What else it has put on a host; undefined: nothing. */
	footprint?(host: string): Footprint | undefined;
	/** Commands to be begun on hosts now, each handed out once, and the ids of those to be killed. */
	takeWork?(): {readonly begin: readonly WorldWork[]; readonly kill: readonly string[]};
	/** One has ended. `status` undefined: its host lost power. */
	workEnded?(id: string, status: number | undefined, now: WorldTime): void;
	/** What the words behind `set` say; `checkDeed` of its kind found nothing wrong with them. Throws an Error with a sentence. */
	deed?(words: readonly string[], now: WorldTime): string;
	/** Plain JSON with at least `kind` and `name`. */
	toJSON(): SavedPart;
};

export type SavedPart = {readonly kind: string; readonly name: string};

/** The machine room as its parts know it. */
export type PartRoom = {
	members(): readonly Member[];
	/** Throws a RangeError for an unknown name. */
	member(name: string): Member;
	/** The parts of a kind. */
	parts(kind: string): readonly WorldPart[];
	/** Whether a packet gets from one host to the other, on any network or on this one. */
	areConnected(one: string, other: string, network?: string): boolean;
	/** Whether somebody on one of these networks answers at the address. */
	answers(address: string, networks: readonly string[]): boolean;
	/** Devices that cluster software has made of partitions of a host. */
	mirrorDevices(host: string): readonly MirrorDevice[];
	/** To be called after each change that a command makes: everything settles. */
	changed(): void;
	/** World time of the last settling. */
	now(): WorldTime;
};

/** What parts of one kind are: how `lab.yaml` describes them, and how they come to life. */
export type PartKind = {
	readonly kind: string;
	/** Its key in `topology`: `clusters`; undefined: no file describes one. */
	readonly key: string | undefined;
	/** The parts that a file describes; `node` is undefined where it has no such key. */
	read?(node: YamlNode | undefined, hosts: readonly SavedMember[], problems: ProblemList): readonly SavedPart[];
	/** The hosts as they are with these parts; `topology` is the whole description. */
	prepare?(
		hosts: readonly SavedMember[],
		parts: readonly SavedPart[],
		topology: YamlNode,
		problems: ProblemList,
	): readonly SavedMember[];
	/** The `set …` forms that its parts know, whose third word is the name of one: `set split NAME HOST…`. */
	readonly deeds?: readonly string[];
	/** A problem with the words behind `set`; undefined: they can be done. */
	checkDeed?(words: readonly string[]): string | undefined;
	/** A part that every world has, whatever its file says. */
	readonly always?: SavedPart;
	/** Work that was under way is handed out again: its processes are gone. Throws if `saved` is no such part. */
	restore(saved: SavedPart, room: PartRoom): WorldPart;
};
