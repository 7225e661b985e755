import {type Answer, type Question, refused} from './command.js';
import type {Esx4Host} from './esx4-host.js';

type Firewall = Esx4Host['firewall'];

/** Services that the console knows by name. */
const known = [
	'CIMHttpServer',
	'CIMHttpsServer',
	'aam',
	'ntpClient',
	'sshClient',
	'sshServer',
	'swISCSIClient',
	'vpxHeartbeats',
];

const usage = `esxcfg-firewall <options>
-q|--query                       Lists current settings.
-q|--query <service>             Lists settings for the specified service.
-q|--query incoming|outgoing     Lists setting for non-required incoming/outgoing ports.
-s|--services                    Lists known services.
-e|--enableService <service>     Allows specified service through the firewall.
-d|--disableService <service>    Blocks specified service.
-o|--openPort <port,tcp|udp,in|out,name>   Opens a port.
-c|--closePort <port,tcp|udp,in|out>       Closes a port previously opened via --openPort.
   --blockIncoming               Block all non-required incoming ports.
   --blockOutgoing               Block all non-required outgoing ports.
   --allowIncoming               Allow all incoming ports.
   --allowOutgoing               Allow all outgoing ports.
`;

/** `esxcfg-firewall`. A word that is none of its options is refused, and nothing is changed: `--allow Incoming` too. */
export function esxcfgFirewall({args, host, user}: Question): Answer {
	if (user !== 'root') {
		return refused('You must be root to run this command.');
	}

	const words = [...args];
	let firewall = host.firewall;
	for (let word = words.shift(); word !== undefined; word = words.shift()) {
		switch (word) {
			case '-q':
			case '--query':
				return query(firewall, words[0]);
			case '-s':
			case '--services':
				return {out: `Known services:\n${known.map(name => `${name}\n`).join('')}`};
			case '--allowIncoming':
			case '--blockIncoming':
				firewall = {...firewall, incoming: word === '--allowIncoming'};
				break;
			case '--allowOutgoing':
			case '--blockOutgoing':
				firewall = {...firewall, outgoing: word === '--allowOutgoing'};
				break;
			default: {
				const changed = withValue(firewall, word, words.shift());
				if (changed === undefined) {
					return {err: `Unknown option: ${word.replace(/^-+/, '')}\n${usage}`, status: 1};
				}

				firewall = changed;
			}
		}
	}

	return args.length === 0 ? {err: usage, status: 1} : {host: {...host, firewall}};
}

/** Undefined: there is no such option, service or form of a port. */
function withValue(firewall: Firewall, option: string, value = ''): Firewall | undefined {
	const isService = known.includes(value);
	const [, port] = /^(\d+,(?:tcp|udp),(?:in|out))(?:,[\w-]+)?$/.exec(value) ?? [];
	switch (option) {
		case '-e':
		case '--enableService':
			return isService ? {...firewall, services: [...new Set([...firewall.services, value])]} : undefined;
		case '-d':
		case '--disableService':
			return isService ? {...firewall, services: firewall.services.filter(name => name !== value)} : undefined;
		case '-o':
		case '--openPort':
			return port === undefined ? undefined : {...firewall, ports: [...new Set([...firewall.ports, value])]};
		case '-c':
		case '--closePort':
			return port === undefined
				? undefined
				: {...firewall, ports: firewall.ports.filter(each => !each.startsWith(port))};
		default:
			return undefined;
	}
}

function query({incoming, outgoing, services, ports}: Firewall, what: string | undefined): Answer {
	const word = (allowed: boolean) => (allowed ? 'not blocked' : 'blocked');
	switch (what) {
		case 'incoming':
			return {out: `Incoming ports ${word(incoming)} by default\n`};
		case 'outgoing':
			return {out: `Outgoing ports ${word(outgoing)} by default\n`};
		case undefined:
			return {
				out:
					`Incoming ports ${word(incoming)} by default\nOutgoing ports ${word(outgoing)} by default\n` +
					`Enabled services:  ${services.join(' ')}\nOpened ports:\n${ports.map(port => `\t${port}\n`).join('')}`,
			};
		default:
			return known.includes(what)
				? {out: `Service ${what} is ${services.includes(what) ? 'enabled' : 'blocked'}.\n`}
				: refused(`Unknown service: ${what}`);
	}
}
