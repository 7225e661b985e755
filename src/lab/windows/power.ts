import type {WorldTime} from '../host.js';
import {powerCycle} from '../world/power-cycle.js';
import {withFeatureServices} from './features.js';
import type {Vm, WindowsHost} from './host-state.js';
import {disconnected, sessionInstants, sessionsAtBoot} from './iscsi.js';

/**
A server takes two to four minutes to boot. Then services start as they are set to, and what waited for a restart is
there, and virtual machines start that should. Nothing of what these hosts know waits to be written, so a pulled cord loses nothing.
*/
export const windowsPower = powerCycle<WindowsHost>({
	bootMs: 3 * 60_000,
	shutdownMs: 30_000,
	booted,
	unplugged: host => ({...disconnected(host), ...withoutBinding, vms: host.vms.map(unpowered)}),
	saved: host => ({...disconnected(host), ...withoutBinding, vms: host.vms.map(stopped)}),
	whileOn: (host, now) => {
		const isBound = host.binding !== undefined && host.binding.until <= now;
		const starts = host.vms.some(vm => (vm.startsAt ?? Infinity) <= now);
		return isBound || starts
			? {...host, ...(isBound ? withoutBinding : {}), vms: host.vms.map(vm => startedByHost(vm, now))}
			: host;
	},
	nextWhileOn: host => {
		const {binding, vms} = host;
		const instants = [
			...sessionInstants(host),

			...(binding === undefined ? [] : [binding.until]),
			...vms.flatMap(({startsAt}) => startsAt ?? []),
		];
		return instants.length === 0 ? undefined : Math.min(...instants);
	},
});

const withoutBinding = {binding: undefined} as const;

/** A changed name and domain are there, services run as they are set to, and virtual machines start that should. */
function booted(host: WindowsHost, at: WorldTime): WindowsHost {
	const features = host.features.map(feature =>
		feature.state === 'InstallPending' ? {...feature, state: 'Installed' as const} : feature,
	);
	const {computerName = host.computerName, domain = host.domain} = host.afterBoot;
	const up = withFeatureServices({
		...host,
		computerName,
		...(domain === undefined ? {} : {domain}),
		afterBoot: {},
		features,
	});
	return {
		...sessionsAtBoot(up),
		services: up.services.map(service => ({...service, running: service.start === 'Automatic'})),
		vms: up.vms.map(vm => dueAfterBoot(vm, at)),
	};
}

/** What runs as a role of a cluster is the cluster's to start. */
function dueAfterBoot(vm: Vm, at: WorldTime): Vm {
	const starts =
		!vm.clustered && (vm.startAction === 'Start' || (vm.startAction === 'StartIfRunning' && vm.wasRunning));
	return {...vm, wasRunning: false, ...(starts ? {startsAt: at + vm.startDelay * 1000} : {})};
}

function startedByHost(vm: Vm, now: WorldTime): Vm {
	const {startsAt, ...others} = vm;
	return startsAt !== undefined && startsAt <= now ? {...others, power: 'Running', since: startsAt} : vm;
}

function unpowered(vm: Vm): Vm {
	const {startsAt: _, ...others} = vm;
	return vm.power === 'Saved' ? others : {...others, power: 'Off', critical: false, wasRunning: vm.power === 'Running'};
}

/** At an orderly shutdown of its host. */
function stopped(vm: Vm): Vm {
	const isSaved = vm.power === 'Running' && vm.stopAction === 'Save' && !vm.clustered;
	return isSaved ? {...vm, power: 'Saved', wasRunning: true} : unpowered(vm);
}
