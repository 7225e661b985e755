import {powerCycle} from '../world/power-cycle.js';
import type {WindowsHost} from './host-state.js';

/**
A server takes two to four minutes to boot. Then services start as they are set to, and what waited for a restart is
there. Nothing of what these hosts know waits to be written, so a pulled cord loses nothing.
*/
export const windowsPower = powerCycle<WindowsHost>({
	bootMs: 3 * 60_000,
	shutdownMs: 30_000,
	booted: host => ({
		...host,
		services: host.services.map(service => ({...service, running: service.start === 'Automatic'})),
		features: host.features.map(feature =>
			feature.state === 'InstallPending' ? {...feature, state: 'Installed'} : feature,
		),
	}),
});
