import type {
	HostPower,
	HostView,
	LabCommand,
	LabHost,
	Platform,
	SimulatedWorld,
	Topology,
	WorldWork,
} from '../../src/lab/host.js';

/**
The smallest machine room that the lab accepts: two hosts, a few commands, no domain.

It stands where the real worlds stand, so that the tests of time, processes and servers speak of nothing else.
*/
type Tiny = {
	readonly now: number;
	readonly power: Readonly<Record<string, HostPower>>;
	readonly notes: readonly string[];
};

export const epoch = Date.UTC(2026, 0, 5, 9, 0, 0);
const bootMs = 180_000;

export const tinyTopology: Topology = {
	name: 'tiny',
	title: 'Two hosts that do little',
	hosts: ['alpha', 'beta'],
	platformOf: () => 'esxi',
	starts: ['ready', 'dark'],
	epoch,
	deeds: ['set note HOST TEXT', 'set work HOST COMMAND', 'set kill HOST NUMBER'],
	checkDeed: ([what = '']) =>
		['note', 'work', 'kill'].includes(what) ? undefined : `Nobody can set ${what ?? 'nothing'}.`,
	create: (start, changed) =>
		tinyWorld(
			{
				now: epoch,
				power: {
					alpha: poweredOn('alpha', epoch - 3_600_000),
					beta: start === 'dark' ? {kind: 'off'} : poweredOn('beta', epoch - 60_000),
				},
				notes: [],
			},
			changed,
		),
	restore: (saved, changed) => tinyWorld(saved as Tiny, changed),
};

function poweredOn(host: string, bootedAt: number): HostPower {
	return {kind: 'on', bootedAt, bootId: `${host}-${bootedAt}`};
}

function tinyWorld(first: Tiny, changed: () => void): SimulatedWorld {
	let world = first;
	let begin: WorldWork[] = [];
	let kill: string[] = [];
	let begun = 0;
	const replace = (next: Tiny) => {
		world = next;
		changed();
	};
	const powerOf = (name: string): HostPower => {
		const power = world.power[name];
		if (power === undefined) {
			throw new RangeError(`There is no host ${name}.`);
		}
		return power;
	};
	const self: SimulatedWorld = {
		host: (name): LabHost => ({
			name,
			hostname: name,
			address: name === 'alpha' ? '10.0.0.1' : '10.0.0.2',
			platform: tinyPlatform(
				() => world.notes,
				note => replace({...world, notes: [...world.notes, note]}),
			),
			power: powerOf(name),
			ssh:
				world.notes.lastIndexOf(`${name} unplugged`) > world.notes.lastIndexOf(`${name} plugged`)
					? 'silent'
					: 'answers',
			users: {root: 'secret'},
		}),
		nextChange: () => {
			const ends = Object.values(world.power).flatMap(power => (power.kind === 'booting' ? [power.until] : []));
			return ends.length === 0 ? undefined : Math.min(...ends);
		},
		advance: now => {
			const due = Object.entries(world.power).filter(([, power]) => power.kind === 'booting' && power.until <= now);
			if (due.length > 0) {
				const on = due.map(([name, power]) => [name, poweredOn(name, power.kind === 'booting' ? power.until : now)]);
				replace({...world, now, power: {...world.power, ...Object.fromEntries(on)}});
			}
		},
		power: (host, to, now) => {
			const power = powerOf(host);
			if (to === 'off') {
				replace({...world, power: {...world.power, [host]: {kind: 'off'}}});
				return `${host} lost power`;
			}
			if (power.kind === 'off') {
				replace({...world, power: {...world.power, [host]: {kind: 'booting', until: now + bootMs}}});
			}
			return `${host} was switched on`;
		},
		deed: ([what, ...words]) => {
			const [host = '', ...command] = words;
			if (what === 'work') {
				begun += 1;
				begin.push({id: String(begun), host, user: 'root', command: command.join(' '), env: {ROUND: String(begun)}});
			} else if (what === 'kill') {
				kill.push(...command);
			}

			replace({...world, notes: [...world.notes, words.join(' ')]});
			return `noted: ${words.join(' ')}`;
		},
		look: ([what]) => {
			if (what !== 'around') {
				throw new Error(`There is no ${what} to look at.`);
			}
			return `notes: ${world.notes.join(', ')}`;
		},
		takeWork: () => {
			const taken = {begin, kill};
			begin = [];
			kill = [];
			return taken;
		},
		workEnded: (id, status) => replace({...world, notes: [...world.notes, `work ${id} ended with ${status}`]}),
		hostAt: address => {
			const name = address === '10.0.0.1' ? 'alpha' : address === '10.0.0.2' ? 'beta' : undefined;
			const isThere = name !== undefined && powerOf(name).kind === 'on' && self.host(name).ssh !== 'silent';
			return isThere ? name : undefined;
		},
		toJSON: () => world,
	};
	return self;
}

function tinyPlatform(notes: () => readonly string[], add: (note: string) => void): Platform {
	return {
		name: 'esxi',
		shellName: 'sh',
		tools: 'busybox',
		notFound: name => `sh: ${name}: not found`,
		uname: {system: 'Tiny', release: '1.0', version: '#1', machine: 'x86_64', os: 'GNU/Linux'},
		ssh: {
			ident: 'OpenSSH_8.8',
			methods: ['publickey', 'keyboard-interactive'],
			userKeys: ['ssh-rsa', 'ecdsa-sha2-nistp256'],
			hostKeys: ['ecdsa', 'rsa'],
			authorizedKeys: user => `/etc/ssh/keys-${user}/authorized_keys`,
			signalsForRoot: false,
		},
		greeting: 'Welcome to a tiny host.\n',
		prompt: (user, hostname, cwd) => `[${user}@${hostname}:${cwd}] `,
		home: () => '/',
		volatile: ['/tmp'],
		lacks: ['tr'],
		runsOnlyInstalled: false,
		commands: host => [slowly, note(notes, add), tinyd, uptime(host)],
		files: () => ({'/etc/tiny.conf': `${notes().join('\n')}\n`}),
	};
}

const tinyd: LabCommand = {
	name: '/etc/init.d/tinyd',
	run: async ([what], io) => {
		io.out(`tinyd ${what}\n`);
		return 0;
	},
};

/** Whatever `esxcli` is asked: for how long the host is up, in microseconds. */
function uptime(host: HostView): LabCommand {
	return {
		name: 'esxcli',
		run: async (_, io) => {
			const {power} = host.now();
			io.out(`${(power.kind === 'on' ? io.now() - power.bootedAt : 0) * 1000}\n`);
			return 0;
		},
	};
}

/** `slowly 3` says a word each world second. */
const slowly: LabCommand = {
	name: 'slowly',
	run: async ([times = '3'], io) => {
		for (let count = 1; count <= Number(times); count += 1) {
			await io.sleep(1000);
			io.out(`word ${count}\n`);
		}
		return 0;
	},
};

/** `note TEXT` changes the world; `note` shows it; `note -` takes it from standard input. */
function note(notes: () => readonly string[], add: (note: string) => void): LabCommand {
	return {
		name: 'note',
		run: async (args, io) => {
			if (args.length === 0) {
				io.out(
					notes()
						.map(each => `${each}\n`)
						.join(''),
				);
				return 0;
			}
			if (args[0] === 'twice' && notes().includes('twice')) {
				io.err('note: the note twice already exists\n');
				return 1;
			}
			add(args[0] === '-' ? (await io.stdin()).trim() : args.join(' '));
			return 0;
		},
	};
}
