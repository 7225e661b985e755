import type {EsxiHost, VirtualMachine} from '../../world/esxi-host.js';
import {changeVm, placeOf, setLock, transition} from '../../world/inventory.js';
import {type EsxcliCommand, required} from './command.js';

export const vmCommands: readonly EsxcliCommand[] = [
	{
		path: 'vm process kill',
		description: 'End the process of a virtual machine.',
		options: [
			{letter: 't', long: 'type', takes: 'text', required: true, description: 'soft, hard or force.'},
			{
				letter: 'w',
				long: 'world-id',
				takes: 'number',
				required: true,
				description: 'The world that vm process list shows.',
			},
		],
		run(call) {
			const type = required(call, 'type');
			const world = Number(required(call, 'world-id'));
			const vm = call.host.vms.find(each => each.power === 'on' && worldOf(each) === world);
			if (!['soft', 'hard', 'force'].includes(type)) {
				return {kind: 'refused', because: `Invalid kill type: ${type}`};
			}

			return vm === undefined
				? {kind: 'refused', because: `Unable to find a virtual machine with the world ID "${world}"`}
				: {kind: 'changed', host: killed(call.host, vm, call.now)};
		},
	},
	{
		path: 'vm process list',
		description: 'List the virtual machines that run.',
		options: [],
		run: ({host}) => ({
			kind: 'records',
			records: host.vms
				.filter(({power}) => power === 'on')
				.map(vm => ({
					title: vm.name,
					fields: [
						['World ID', worldOf(vm)],
						['Process ID', 0],
						['VMX Cartel ID', worldOf(vm) - 1],
						['UUID', vm.settings['uuid.bios'] ?? ''],
						['Display Name', vm.name],
						['Config File', vm.vmx],
					],
				})),
		}),
	},
];

/** A new one each time that it is powered on. */
function worldOf({id, since}: VirtualMachine): number {
	return 2_100_000 + (Math.floor(since / 1000) % 90_000) * 10 + (id % 10);
}

/** Nobody wanted it off: its host has lost it. */
function killed(host: EsxiHost, vm: VirtualMachine, now: number): EsxiHost {
	const {question: _, ...rest} = vm;
	const without: EsxiHost = {...host, vms: host.vms.map(each => (each === vm ? rest : each))};
	const off = changeVm(without, vm.id, {power: 'off', since: now, isStuck: false, hasCrashed: true});
	const place = placeOf(off, vm.vmx);
	const isOurs = place !== undefined && place.store.locks[place.folder] === host.name;
	return transition(isOurs ? setLock(off, place, undefined) : off, vm.vmx, 'ON', 'OFF', now);
}
