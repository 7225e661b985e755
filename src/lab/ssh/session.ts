import type {ServerChannel, Session} from 'ssh2';
import type {CommandFault} from '../faults.js';
import type {Machine} from '../machine/machine.js';
import type {Ending, Process} from '../process/process.js';
import {signalNamed} from '../process/signals.js';
import {ChannelInput, ChannelOutput} from './channel-streams.js';
import {Terminal} from './terminal.js';

/** What a session needs from the server it belongs to. */
export type SessionHost = {
	readonly machine: Machine;
	readonly user: string;
	/** What goes wrong with the command that begins now. */
	strike(): CommandFault | undefined;
	/** Cuts the connection as if the network had gone. */
	dropConnection(): void;
	/** All that the command did is on disk before anybody hears that it ended. */
	save(): Promise<void>;
	opened(leader: Process): void;
	closed(leader: Process): void;
};

/** How much longer a command of a slow host takes. */
const SLOWER_MS = 30_000;

/** Sets the title, asks for an answer on the keyboard, clears the screen, hides text, turns the reading direction. */
const HOSTILE = '\x1b]0;owned\x07\x1b[c\x1b[2J\x1b[8mhidden\x1b[28m\u202egnp.exe\u202c\r\n';

/** Serves one SSH session: a terminal if asked for, then one command or the shell. */
export function serveSession(session: Session, host: SessionHost): void {
	let terminal: string | undefined;
	session.on('pty', (accept, _reject, info) => {
		terminal = 'term' in info && typeof info.term === 'string' && info.term !== '' ? info.term : 'vt100';
		accept?.();
	});
	session.on('window-change', accept => accept?.());
	session.on('exec', (accept, _reject, {command}) => start(session, accept(), host, command, terminal));
	session.on('shell', accept => start(session, accept(), host, undefined, terminal));
}

function start(
	session: Session,
	channel: ServerChannel,
	host: SessionHost,
	command: string | undefined,
	term: string | undefined,
): void {
	const {machine, user} = host;
	const terminal = term !== undefined;
	const fault = command === undefined ? undefined : host.strike();
	const drop = fault?.kind === 'drop' ? fault : undefined;

	// A child may hold an output open when the command has ended; the status is sent first, the channel ends last
	let holders = 3;
	const letGo = () => {
		holders -= 1;
		if (holders === 0) {
			channel.end();
		}
	};
	let chunks = 0;
	const countChunk = () => {
		chunks += 1;
		if (drop !== undefined && chunks > drop.afterChunks) {
			host.dropConnection();
		}
		// Behind the marks that a careful client sends ahead in both streams: what comes before them it takes for a banner
		if (fault?.kind === 'hostile-output' && chunks === 3) {
			channel.write(HOSTILE);
		}
	};
	const options = {terminal, onChunk: countChunk, onClosed: letGo};
	const stdin = new ChannelInput(terminal);
	const stdout = new ChannelOutput(channel, options);
	const stderr = new ChannelOutput(terminal ? channel : channel.stderr, options);

	const leader = machine.login({
		user,
		command,
		stdin,
		stdout,
		stderr,
		terminal: term,
		hangs: fault?.kind === 'hang',
		delayMs: fault?.kind === 'slow' ? SLOWER_MS : 0,
	});
	if (fault?.kind === 'disk-full') {
		machine.files.full = true;
		void leader.ended.then(() => {
			machine.files.full = false;
		});
	}
	host.opened(leader);
	feed(channel, stdin, terminal ? () => interrupt(machine, leader) : undefined);

	session.on('signal', (accept, _reject, {name}) => {
		const signal = signalNamed(name);
		// OpenSSH before 9.8 refuses signals to root's commands, and says nothing
		if (signal !== undefined && (user !== 'root' || machine.platform.ssh.signalsForRoot)) {
			machine.kill(-leader.group, signal, user);
		}
		accept?.();
	});
	channel.on('close', () => {
		stdin.end();
		stdout.break();
		stderr.break();
		if (terminal) {
			hangUp(machine, leader);
		}
	});
	void leader.ended.then(async ending => {
		await host.save();
		host.closed(leader);
		if (drop !== undefined) {
			host.dropConnection();
		} else if (fault?.kind !== 'no-exit-status') {
			tellEnding(channel, ending);
		}
		letGo();
		if (terminal) {
			channel.end();
		}
	});
}

function tellEnding(channel: ServerChannel, ending: Ending): void {
	if (ending.kind === 'exited') {
		channel.exit(ending.code);
	} else {
		channel.exit(`SIG${ending.signal}`, false, '');
	}
}

/** With a terminal, keys go through its line editor; without one, bytes go as they are. */
function feed(channel: ServerChannel, stdin: ChannelInput, onInterrupt: (() => void) | undefined): void {
	const terminal =
		onInterrupt === undefined
			? undefined
			: new Terminal({
					echo: text => channel.write(text),
					line: text => void stdin.push(Buffer.from(text)),
					end: () => stdin.end(),
					interrupt: () => {
						onInterrupt();
						void stdin.push(Buffer.from('\n')); // Whoever reads a line begins anew
					},
				});
	channel.on('data', (bytes: Buffer) => {
		if (terminal === undefined) {
			channel.pause();
			void stdin.push(bytes).then(() => channel.resume());
		} else {
			terminal.type(bytes.toString());
		}
	});
	channel.on('end', () => stdin.end());
}

function interrupt(machine: Machine, leader: Process): void {
	for (const process of machine.processesOf(leader.session)) {
		process.deliver('INT');
	}
}

function hangUp(machine: Machine, leader: Process): void {
	for (const process of machine.processesOf(leader.session)) {
		process.deliver('HUP');
	}
}
