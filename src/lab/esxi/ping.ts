import type {LabCommand} from '../host.js';
import type {EsxiHost, VmkernelNic} from '../world/esxi-host.js';
import {isIpv4, routeTo, sameSubnet, segmentsOf} from '../world/network.js';
import {type Flag, readArguments, type Surroundings} from './command.js';

const flags: readonly Flag[] = [
	{letter: 'I', long: 'interface', takes: true},
	{letter: 'c', long: 'count', takes: true},
	{letter: 's', long: 'size', takes: true},
	{letter: 'W', long: 'wait', takes: true},
	{letter: 'd', long: 'df', takes: false},
	{letter: '4', long: 'ipv4', takes: false},
];

/** `vmkping` and `ping`, which are the same program on ESXi. A packet a second; exit 1 when none came back. */
export function ping(surroundings: Surroundings, name: 'ping' | 'vmkping'): LabCommand {
	return {
		name,
		async run(args, io) {
			const read = readArguments(name, args, flags);
			const address = 'wrong' in read ? undefined : read.rest[0];
			if ('wrong' in read || address === undefined) {
				io.err(`${'wrong' in read ? `${read.wrong}\n` : ''}${name} [-I vmknic] [-c count] [-s size] [-d] address\n`);
				return 1;
			}

			if (!isIpv4(address)) {
				io.err(`${name}: unknown host ${address}\n`);
				return 1;
			}

			const vmknic = sender(surroundings.host(), read.options.get('interface'), address);
			if (typeof vmknic === 'string') {
				io.err(`${vmknic}\n`);
				return 1;
			}

			const size = Number(read.options.get('size') ?? 56);
			const count = Number(read.options.get('count') ?? 3);
			io.out(`PING ${address} (${address}): ${size} data bytes\n`);
			const times: number[] = [];
			for (let sequence = 0; sequence < count; sequence += 1) {
				if (sequence > 0) {
					await io.sleep(1_000);
				}

				if (answers(surroundings, vmknic.name, address)) {
					const time = 0.212 + ((sequence * 37) % 90) / 1000;
					times.push(time);
					io.out(`${size + 8} bytes from ${address}: icmp_seq=${sequence} ttl=64 time=${time.toFixed(3)} ms\n`);
				}
			}

			// The last packet is waited for if it does not come.
			await io.sleep(times.length === count ? 10 : 1_000);
			io.out(statistics(address, count, times));
			return times.length > 0 ? 0 : 1;
		},
	};
}

function sender(host: EsxiHost, name: string | undefined, address: string): VmkernelNic | string {
	if (name === undefined) {
		return routeTo(host, address) ?? `sendto() failed (No route to host)`;
	}

	return host.config.vmknics.find(vmknic => vmknic.name === name) ?? `Unknown interface '${name}': Invalid argument`;
}

function answers(surroundings: Surroundings, vmknicName: string, address: string): boolean {
	const host = surroundings.host();
	const vmknic = host.config.vmknics.find(({name}) => name === vmknicName);
	return (
		vmknic !== undefined &&
		sameSubnet(vmknic, address) &&
		(vmknic.ip === address || surroundings.answers(address, segmentsOf(host, vmknic)))
	);
}

function statistics(address: string, sent: number, times: readonly number[]): string {
	const lost = sent === 0 ? 0 : Math.round(((sent - times.length) / sent) * 100);
	const lines = [
		'',
		`--- ${address} ping statistics ---`,
		`${sent} packets transmitted, ${times.length} packets received, ${lost}% packet loss`,
		...(times.length > 0 ? [`round-trip min/avg/max = ${summary(times)} ms`] : []),
	];
	return lines.map(line => `${line}\n`).join('');
}

function summary(times: readonly number[]): string {
	const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
	return [Math.min(...times), mean, Math.max(...times)].map(time => time.toFixed(3)).join('/');
}
