import type {LabHost, ShellIo} from '../host.js';
import type {Member} from '../world/member.js';
import type {Wsfc} from '../wsfc/part.js';
import {encode} from './encode.js';
import {WindowsFiles} from './files.js';
import type {BigFile, DiskView, Layout, WindowsHost} from './host-state.js';
import type {Reach} from './iscsi.js';
import type {Statics} from './powershell/members.js';
import type {PowerShell} from './powershell/powershell.js';
import {fail, toText} from './powershell/value.js';
import {type Disks, fileAt, type Place, placeOf, type Volume, volumesOf, withFile} from './volumes.js';

/** A Windows host as its commands see it, and the way to change it. */
export type WindowsRoom = {
	/** Throws a RangeError for an unknown name. */
	host(name: string): WindowsHost;
	replace(host: WindowsHost): void;
	/** Several at once: nothing follows from what is true only between two of them. */
	replaceTogether(hosts: readonly WindowsHost[]): void;
	/** The other Windows hosts. */
	others(name: string): readonly WindowsHost[];
	/** Whether somebody answers at the address where this host's packets get to. */
	answers(name: string, address: string): boolean;
	shutDown(name: string, andThen: 'off' | 'boot', now: number): void;
	/** How the host's iSCSI initiator gets to targets. */
	reach(name: string): Reach;
	/** The failover clusters of the room. */
	wsfc(): Wsfc | undefined;
	/** Addresses that cluster software has put on the host. */
	floating(name: string): readonly string[];
	/** What is on the disks of hosts. */
	readonly disks: Disks;
	/** Writes to a disk: of a LUN, at its target. */
	writeLayout(name: string, disk: DiskView, layout: Layout): void;
	guest(vm: string): Member | undefined;
	/** A domain that hosts of this world are, or can become, members of. */
	knowsDomain(domain: string): boolean;
};

/** One process of a Windows host and what it has from its parent: environment, folder, streams, console. */
export class WindowsProcess {
	readonly io: ShellIo;
	readonly files: WindowsFiles;
	/** By name in lower case. */
	readonly environment = new Map<string, string>();
	/** Names as they were set, for children and for `set`. */
	readonly environmentNames = new Map<string, string>();
	folder: string;
	/** What the console's output is encoded in: a WHATWG label. Programs that do not ask print in the system's own. */
	encoding: string;
	readonly #name: string;
	readonly #room: WindowsRoom;
	readonly #labHost: () => LabHost;
	readonly #input: {text: Buffer; ended: boolean};

	constructor(name: string, io: ShellIo, room: WindowsRoom, labHost: () => LabHost, parent?: WindowsProcess) {
		this.#name = name;
		this.io = io;
		this.#room = room;
		this.#labHost = labHost;
		this.#input = parent === undefined ? {text: Buffer.alloc(0), ended: false} : parent.#input;
		this.folder = parent?.folder ?? this.home;
		this.encoding = parent?.encoding ?? this.codePage;
		this.files = new WindowsFiles(io.fs, () => this.folder);
		for (const [variable, value] of Object.entries(parent === undefined ? this.#defaults() : parent.exported())) {
			this.setEnvironment(variable, value);
		}
	}

	/** A child's, with what it inherits. */
	childOf(io: ShellIo): WindowsProcess {
		return new WindowsProcess(this.#name, io, this.#room, this.#labHost, this);
	}

	get host(): WindowsHost {
		return this.#room.host(this.#name);
	}

	get home(): string {
		return `C:\\Users\\${this.io.user}`;
	}

	/** The system's own encoding. */
	get codePage(): string {
		return this.host.encoding === 'utf-8' ? 'ibm437' : this.host.encoding;
	}

	get bootedAt(): number {
		const {power} = this.#labHost();
		return power.kind === 'on' ? power.bootedAt : this.io.now();
	}

	change(host: WindowsHost): void {
		this.#room.replace(host);
	}

	answers(address: string): boolean {
		return this.#room.answers(this.#name, address);
	}

	/** As the lab file calls it. */
	get hostName(): string {
		return this.#name;
	}

	get reach(): Reach {
		return this.#room.reach(this.#name);
	}

	get wsfc(): Wsfc | undefined {
		return this.#room.wsfc();
	}

	floating(): readonly string[] {
		return this.#room.floating(this.#name);
	}

	volumes(): readonly Volume[] {
		return volumesOf(this.host, this.#room.disks);
	}

	/** Where a path leads; undefined: no such volume. Relative paths begin in the folder of the process. */
	placeOf(path: string): Place | undefined {
		return placeOf(this.host, this.#room.disks, this.files.absolute(path));
	}

	/** One that the lab keeps the size of. */
	hasFile(path: string): boolean {
		const place = this.placeOf(path);
		return place !== undefined && fileAt(place) !== undefined;
	}

	/** The host of the world that is this virtual machine; undefined: nobody looks into it. */
	guest(vm: string): Member | undefined {
		return this.#room.guest(vm);
	}

	/** Undefined: nobody answers for the disk at this moment. */
	layout(disk: DiskView): Layout | undefined {
		return this.#room.disks.layout(this.host, disk);
	}

	writeLayout(disk: DiskView, layout: Layout): void {
		this.#room.writeLayout(this.#name, disk, layout);
	}

	/** Puts a big file there, or takes it away. */
	writeFile(place: Place, file: BigFile | undefined): void {
		const layout = this.layout(place.volume.disk);
		if (layout !== undefined) {
			this.writeLayout(place.volume.disk, withFile(layout, place, file));
		}
	}

	knowsDomain(domain: string): boolean {
		return this.#room.knowsDomain(domain);
	}

	shutDown(andThen: 'off' | 'boot'): void {
		this.#room.shutDown(this.#name, andThen, this.io.now());
	}

	/** Windows has no empty variables. */
	setEnvironment(name: string, value: string): void {
		const lower = name.toLowerCase();
		if (value === '') {
			this.environment.delete(lower);
			this.environmentNames.delete(lower);
		} else {
			this.environment.set(lower, value);
			this.environmentNames.set(lower, this.environmentNames.get(lower) ?? name);
		}
	}

	exported(): Readonly<Record<string, string>> {
		return Object.fromEntries(
			[...this.environment].map(([lower, value]) => [this.environmentNames.get(lower) ?? lower, value]),
		);
	}

	#defaults(): Readonly<Record<string, string>> {
		return {
			COMPUTERNAME: this.host.computerName.toUpperCase(),
			ComSpec: 'C:\\Windows\\system32\\cmd.exe',
			OS: 'Windows_NT',
			Path: 'C:\\Windows\\system32;C:\\Windows;C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\;C:\\Windows\\System32\\OpenSSH\\',
			ProgramData: 'C:\\ProgramData',
			ProgramFiles: 'C:\\Program Files',
			SystemDrive: 'C:',
			SystemRoot: 'C:\\Windows',
			TEMP: `${this.home}\\AppData\\Local\\Temp`,
			TMP: `${this.home}\\AppData\\Local\\Temp`,
			USERNAME: this.io.user,
			USERDOMAIN: (this.host.domain ?? this.host.computerName).split('.')[0]?.toUpperCase() ?? '',
			USERPROFILE: this.home,
			windir: 'C:\\Windows',
		};
	}

	/** Of PowerShell and of programs that ask for the console's encoding. */
	write(stream: 'out' | 'err', text: string): Promise<void> {
		return this.io.write(stream, encode(text, this.encoding));
	}

	/** Of programs that do not: they print in the system's own encoding, whatever the console says. */
	writeNative(stream: 'out' | 'err', text: string): Promise<void> {
		return this.io.write(stream, encode(text, this.codePage));
	}

	/** What PowerShell reads of it: it decodes by the console's encoding. */
	misread(text: string): string {
		const bytes = encode(text, this.codePage);
		return this.encoding === 'ibm437' ? text : new TextDecoder(this.encoding).decode(bytes);
	}

	/** Undefined: standard input has ended. */
	async readLine(): Promise<string | null> {
		for (;;) {
			const end = this.#input.text.indexOf(10);
			if (end !== -1 || (this.#input.ended && this.#input.text.length > 0)) {
				const line = this.#input.text.subarray(0, end === -1 ? undefined : end);
				this.#input.text = end === -1 ? Buffer.alloc(0) : this.#input.text.subarray(end + 1);
				return new TextDecoder('utf-8').decode(line).replace(/\r$/, '');
			}
			if (this.#input.ended) {
				return null;
			}
			await this.#readMore();
		}
	}

	async readToEnd(): Promise<string> {
		while (!this.#input.ended) {
			await this.#readMore();
		}
		const text = new TextDecoder('utf-8').decode(this.#input.text);
		this.#input.text = Buffer.alloc(0);
		return text;
	}

	async #readMore(): Promise<void> {
		const bytes = await this.io.read();
		if (bytes === undefined) {
			this.#input.ended = true;
		} else {
			this.#input.text = Buffer.concat([this.#input.text, bytes]);
		}
	}

	/** For the static members of .NET types. */
	statics(shell: PowerShell): Statics {
		const noFolder = (path: string) =>
			fail(`Could not find a part of the path '${this.files.absolute(path)}'.`, {
				id: 'DirectoryNotFoundException',
				exception: 'MethodInvocationException',
			});
		const mustBeThere = async (path: string) => {
			if ((await this.files.kind(path)) !== 'file') {
				throw fail(`Could not find file '${this.files.absolute(path)}'.`, {
					id: 'FileNotFoundException',
					exception: 'MethodInvocationException',
				});
			}
		};
		return {
			readLine: () => this.readLine(),
			readToEnd: () => this.readToEnd(),
			write: (stream, text) => this.write(stream, text),
			setEncoding: label => {
				this.encoding = label;
			},
			now: () => this.io.now(),
			computerName: this.host.computerName,
			version: this.host.version,
			environment: name => this.environment.get(name.toLowerCase()),
			readBytes: async path => {
				await mustBeThere(path);
				return this.files.read(path);
			},
			writeBytes: async (path, bytes) => {
				if (!(await this.files.write(path, bytes))) {
					throw noFolder(path);
				}
			},
			exists: async path => (await this.files.kind(path)) === 'file',
			move: async (from, to, over) => {
				await mustBeThere(from);
				if (!over && (await this.files.exists(to))) {
					throw fail('Cannot create a file when that file already exists.', {
						id: 'IOException',
						exception: 'MethodInvocationException',
					});
				}
				await this.files.move(from, to);
			},
			compile: source => shell.compile(toText(source)),
		};
	}
}
