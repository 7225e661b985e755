import {bootedLinux} from '../linux/power.js';
import {bootedEsxi} from '../world/power.js';
import {powerCycle} from '../world/power-cycle.js';
import {consoleOf, type Esx4Host, vmkernelOf, withConsole, withVmkernel} from './esx4-host.js';

/** As long as an ESXi host of the lab. Its configuration lies on a disk: a power cut takes nothing of it. */
export const esx4Power = powerCycle<Esx4Host>({
	bootMs: 4 * 60_000,
	shutdownMs: 20_000,
	booted: (host, at) => {
		const up = withVmkernel(host, bootedEsxi(vmkernelOf(host), at));
		return withConsole(up, bootedLinux(consoleOf(up), at));
	},
	nextWhileOn: ({vmkernel: {hostd}}, now) => (hostd.started && hostd.answersFrom > now ? hostd.answersFrom : undefined),
});
