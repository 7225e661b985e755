import {type Answer, command, type Question, refused, type Surroundings} from './command.js';
import {isActive} from './units.js';

/** `firewall-cmd`: what is let in is kept and told; the lab lets everything in. */
export function firewallCmd(surroundings: Surroundings) {
	return command(surroundings, 'firewall-cmd', 200, answer);
}

function answer({args, host, user}: Question): Answer {
	const permanent = args.includes('--permanent');
	const runs = isActive(host, 'firewalld');
	if (args.includes('--state')) {
		return runs ? {out: 'running\n'} : {err: 'not running\n', status: 252};
	}

	if (user !== 'root') {
		return refused(
			'Authorization failed.\n    Make sure polkit agent is running or run the application as superuser.',
			253,
		);
	}

	if (!runs) {
		return refused('FirewallD is not running', 252);
	}

	if (args.includes('--reload')) {
		return {host: {...host, firewall: {...host.firewall, now: host.firewall.permanent}}, out: 'success\n'};
	}

	const which = permanent ? 'permanent' : 'now';
	let open = host.firewall[which];
	for (const word of args.filter(each => each !== '--permanent' && !each.startsWith('--zone'))) {
		const [, verb = '', kind = '', value = ''] =
			/^--(add|remove|query|list)-(ports?|services?|all)(?:=(.+))?$/.exec(word) ?? [];
		const ofKind = open.filter(each => each.includes('/') === kind.startsWith('port'));
		switch (verb) {
			case 'add':
				open = [...new Set([...open, value])];
				break;
			case 'remove':
				open = open.filter(each => each !== value);
				break;
			case 'query':
				return open.includes(value) ? {out: 'yes\n'} : {out: 'no\n', status: 1};
			case 'list':
				return {out: kind === 'all' ? listing(open) : `${ofKind.join(' ')}\n`};
			default:
				return refused(`usage: see firewall-cmd man page\nfirewall-cmd: error: unrecognized arguments: ${word}`, 2);
		}
	}

	return {host: {...host, firewall: {...host.firewall, [which]: open}}, out: 'success\n'};
}

function listing(open: readonly string[]): string {
	const services = open.filter(each => !each.includes('/'));
	const ports = open.filter(each => each.includes('/'));
	return `public (active)\n  target: default\n  services: ${services.join(' ')}\n  ports: ${ports.join(' ')}\n`;
}
