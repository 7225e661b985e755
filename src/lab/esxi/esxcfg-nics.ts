import {linkIsUp} from '../world/network.js';
import {type Answer, type Question, row} from './command.js';

export const NIC_DRIVER = 'igbn';
export const NIC_DESCRIPTION = 'Intel Corporation I350 Gigabit Network Connection';

/** `esxcfg-nics -l`. */
export function esxcfgNics({args, host}: Question): Answer {
	if (args[0] !== '-l' && args[0] !== '--list') {
		return {err: 'esxcfg-nics <options> [nic]\n  -l|--list                     List the physical NICs.\n', status: 1};
	}

	const widths = [8, 13, 12, 5, 11, 7, 18, 7, 30];
	const header = ['Name', 'PCI', 'Driver', 'Link', 'Speed', 'Duplex', 'MAC Address', 'MTU', 'Description'];
	const rows = host.nics.map(nic => {
		const link = linkIsUp(nic) ? ['Up', '1000Mbps', 'Full'] : ['Down', '0Mbps', 'Half'];
		return [nic.name, nic.pci, NIC_DRIVER, ...link, nic.mac, 1500, NIC_DESCRIPTION];
	});
	return {out: [header, ...rows].map(cells => `${row(widths, cells)}\n`).join('')};
}
