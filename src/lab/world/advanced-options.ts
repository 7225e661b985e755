import {type EsxiHost, type Fault, fault} from './esxi-host.js';

/** An integer option of `esxcli system settings advanced`. */
export type AdvancedOption = {
	readonly path: string;
	readonly default: number;
	readonly min: number;
	readonly max: number;
	readonly description: string;
};

/** What an ESXi 7.0 host is asked about in our field; the real list has about a thousand. */
export const advancedOptions: readonly AdvancedOption[] = [
	option('/DataMover/HardwareAcceleratedInit', 1, 0, 1, 'Zero blocks with WRITE_SAME where the array can'),
	option('/DataMover/HardwareAcceleratedMove', 1, 0, 1, 'Copy blocks with XCOPY where the array can'),
	option('/Misc/APDHandlingEnable', 1, 0, 1, 'Stop retrying I/O to a device when all its paths are down'),
	option('/Misc/APDTimeout', 140, 20, 99999, 'Seconds without any path before I/O to a device fails'),
	option('/Net/TcpipDefLROEnabled', 1, 0, 1, 'Large receive offload for VMkernel TCP/IP'),
	option('/Net/UseHwTSO', 1, 0, 1, 'TCP segmentation offload in hardware if the NIC can'),
	option('/Net/UseHwTSO6', 1, 0, 1, 'TCP segmentation offload for IPv6 in hardware if the NIC can'),
	option('/UserVars/ESXiShellInteractiveTimeOut', 0, 0, 86400, 'Seconds after which an idle shell is closed; 0: never'),
	option('/UserVars/ESXiShellTimeOut', 0, 0, 86400, 'Seconds for which a started shell service stays; 0: for ever'),
	option('/UserVars/SuppressShellWarning', 0, 0, 1, 'Do not warn that the shell or SSH is on'),
	option('/VMFS3/HardwareAcceleratedLocking', 1, 0, 1, 'Lock VMFS metadata with ATS where the array can'),
	option('/VMFS3/UseATSForHBOnVMFS5', 1, 0, 1, 'Use ATS for HB on ATS supported VMFS5 volumes'),
];

/** Real hosts do not care for the case of an option's path. */
export function findOption(path: string): AdvancedOption | undefined {
	return advancedOptions.find(option => option.path.toLowerCase() === path.toLowerCase());
}

export function optionValue(host: EsxiHost, option: AdvancedOption): number {
	return host.config.options[option.path] ?? option.default;
}

export function setOption(host: EsxiHost, path: string, value: number): EsxiHost | Fault {
	const found = findOption(path);
	if (!found) {
		return fault('missing', 'option', path);
	}

	if (!Number.isInteger(value) || value < found.min || value > found.max) {
		return fault('invalid', 'value', String(value));
	}

	const {[found.path]: _, ...others} = host.config.options;
	const options = value === found.default ? others : {...others, [found.path]: value};
	return {...host, config: {...host.config, options}};
}

function option(path: string, standard: number, min: number, max: number, description: string): AdvancedOption {
	return {path, default: standard, min, max, description};
}
