import type {LabCommand} from '../host.js';
import type {EsxiHost, ServiceName} from '../world/esxi-host.js';
import {releaseOf} from '../world/esxi-release.js';
import {startHostd, stopHostd} from '../world/power.js';
import {setNtpFile, setStartsWithHost, startService, stopService} from '../world/services.js';
import {type Answer, command, type Question, type Surroundings} from './command.js';

const NTP_CONF = '/etc/ntp.conf';
const HOSTD_STOPS_MS = 4_000;
const HOSTD_STARTS_MS = 1_000;

/** The services that `/etc/init.d` and `chkconfig` know here, by the name of their script. */
const services: readonly ServiceName[] = ['ESXShell', 'SSH', 'ntpd'];

export function initScripts(surroundings: Surroundings): readonly LabCommand[] {
	return [
		hostdScript(surroundings),
		ntpdOfFile(surroundings, command(surroundings, '/etc/init.d/ntpd', 500, ntpdScript)),
		command(surroundings, '/etc/init.d/SSH', 500, question => shellScript('SSH', 'SSH', question)),
		command(surroundings, '/etc/init.d/ESXShell', 500, question => shellScript('ESXShell', 'ESX shell', question)),
		command(surroundings, 'chkconfig', 100, chkconfig),
	];
}

/**
Stops and starts hostd, a line at a time. It returns before hostd answers again: what asks it in between is refused.

Source for its three lines: public transcripts, ESXi 5.0 to 7.0.
*/
function hostdScript(surroundings: Surroundings): LabCommand {
	return {
		name: '/etc/init.d/hostd',
		async run([verb = ''], io) {
			if (verb === 'status') {
				const {started} = surroundings.host().hostd;
				io.out(started ? 'hostd is running.\n' : 'hostd is not running.\n');
				return started ? 0 : 3;
			}

			if (!['start', 'stop', 'restart'].includes(verb)) {
				io.out('Usage: hostd {start|stop|status|restart}\n');
				return 1;
			}

			const {started, pid} = surroundings.host().hostd;
			if (verb !== 'start' && started) {
				io.out(`watchdog-hostd: Terminating watchdog process with PID ${pid}\n`);
				surroundings.replace(stopHostd(surroundings.host()));
				await io.sleep(HOSTD_STOPS_MS);
				io.out('hostd stopped.\n');
			}

			if (verb !== 'stop' && !surroundings.host().hostd.started) {
				await io.sleep(HOSTD_STARTS_MS);
				surroundings.replace(startHostd(surroundings.host(), io.now()));
				io.out('hostd started.\n');
			}

			return 0;
		},
	};
}

/**
Where esxcli knows nothing of NTP, ntpd reads its file whenever it starts.

Source: the notes on the domain, 2.1, for ESXi 6.x.
*/
function ntpdOfFile({host, replace}: Surroundings, script: LabCommand): LabCommand {
	return {
		...script,
		async run(args, io) {
			const status = await script.run(args, io);
			if (/^(re)?start$/.test(args[0] ?? '') && !releaseOf(host()).hasEsxcliNtp) {
				const file = await io.fs.readFile(NTP_CONF);
				replace(setNtpFile(host(), file));
			}

			return status;
		},
	};
}

function ntpdScript({args: [verb = ''], host, now}: Question): Answer {
	switch (verb) {
		case 'start':
		case 'restart':
			return {host: startService(host, 'ntpd', now), out: 'Starting ntpd\n'};
		case 'stop':
			return {host: stopService(host, 'ntpd'), out: 'Stopping ntpd\n'};
		case 'status':
			return statusOf(host, 'ntpd', 'ntpd');
		default:
			return {out: 'ntpd start|stop|status|restart\n', status: 1};
	}
}

function shellScript(service: ServiceName, title: string, {args: [verb = ''], host, now}: Question): Answer {
	switch (verb) {
		case 'start':
		case 'restart':
			return {host: startService(host, service, now), out: `${title} login enabled\n`};
		case 'stop':
			return {host: stopService(host, service), out: `${title} login disabled\n`};
		case 'status':
			return statusOf(host, service, title);
		default:
			return {out: `Usage: ${service} {start|stop|status|restart}\n`, status: 1};
	}
}

function statusOf({running}: EsxiHost, service: ServiceName, title: string): Answer {
	return running[service] ? {out: `${title} is running\n`} : {out: `${title} is not running\n`, status: 3};
}

function chkconfig({args, host}: Question): Answer {
	const [first = '', second] = args;
	if (first === '--list' || first === '-l') {
		const shown = services.filter(name => second === undefined || name === second);
		return shown.length === 0
			? {err: `${second}: unknown service\n`, status: 1}
			: {out: shown.map(name => `${name.padEnd(24)}${host.config.startsWithHost[name] ? 'on' : 'off'}\n`).join('')};
	}

	const service = services.find(name => name === first);
	if (!service) {
		return {err: 'chkconfig --list [service] | service on|off\n', status: 1};
	}

	switch (second) {
		case 'on':
		case 'off':
			return {host: setStartsWithHost(host, service, second === 'on')};
		default:
			return {status: host.config.startsWithHost[service] ? 0 : 1};
	}
}
