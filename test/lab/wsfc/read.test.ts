import {afterEach, describe, expect, test} from 'vitest';
import {readLab} from '../../../src/lab/read-lab.js';
import {type WindowsRoom, windowsRoom} from '../windows/windows-room.js';
import {mustRun} from './two-hosts.js';

const hosts = `hosts:
  hv1: { platform: windows, address: 192.168.137.196, hostname: ws2019-host-1, domain: 2016dom.local, features: [Failover-Clustering] }
  hv2: { platform: windows, address: 192.168.137.197, hostname: ws2019-host-2, domain: 2016dom.local }
  ec1: { platform: linux, address: 192.168.137.199 }
`;

describe('`wsfc` of a lab file', () => {
	let room: WindowsRoom | undefined;
	afterEach(() => room?.stop());

	test('is a cluster that is formed already, with its address on the node that has its name', async () => {
		room = await windowsRoom(`${hosts}wsfc:\n  lm-cluster: { hosts: [hv1, hv2], address: 192.168.137.198 }\n`);

		expect(
			await mustRun(
				room,
				'hv2',
				'(Get-Cluster).Name; (Get-ClusterNode).State; Test-Connection 192.168.137.198 -Count 1 -Quiet',
			),
		).toBe('lm-cluster\nUp\nUp\nTrue\n');
		room.hand('power off hv1');
		await room.pass(15);
		expect((await room.powershell('hv2', 'Get-Cluster')).err).toContain('The cluster service is not running.');
		expect(room.hand('look wsfc')).toBe('lm-cluster: hv1 isolated; hv2 isolated');
	});

	test.each([
		['hosts: [hv1, ec1]', '"ec1" cannot be a node of lm-cluster.'],
		['hosts: []', 'A cluster has a host.'],
		['hosts: [hv1], adress: 1.2.3.4', 'adress'],
	])('with %s is a problem', (words, message) => {
		const indented = `${hosts}wsfc:\n  lm-cluster: { ${words} }`.replaceAll(/^/gm, '  ');
		const {problems} = readLab('lab.yaml', `topology:\n${indented}\n`);

		expect(problems.map(problem => `${problem.message} ${problem.help ?? ''}`).join('\n')).toContain(message);
	});
});
