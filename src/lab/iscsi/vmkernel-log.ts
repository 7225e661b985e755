import type {EsxiHost} from '../world/esxi-host.js';

const kept = 300;

/** The host with one more line in vmkernel.log. */
export function logged(host: EsxiHost, at: number, text: string): EsxiHost {
	return {...host, vmkernelLog: [...host.vmkernelLog, {at, text}].slice(-kept)};
}

/** `2026-01-15T09:00:01.200Z cpu14:66536)WARNING: …`. */
export function vmkernelLogText({vmkernelLog}: EsxiHost): string {
	return vmkernelLog
		.map(
			({at, text}, index) =>
				`${new Date(at).toISOString()} cpu${(index * 7) % 32}:${66_290 + ((index * 37) % 400)})${text}\n`,
		)
		.join('');
}
