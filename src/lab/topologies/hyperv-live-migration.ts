import {newDisk} from '../linux/disks.js';
import {runbookScript} from './runbook-script.js';
import type {NamedTopology} from './topology.js';

/** What the pages do one after the other; each state has all up to one of them. */
const stages = ['bare', 'installed', 'roles', 'wsfc', 'cluster', 'storage', 'vm', 'keys', 'configured'] as const;
type Stage = (typeof stages)[number];

const folder = 'hyperv-live-migration/scripts';
const account = 'Administrator@2016dom.local';
const initiators = [1, 2].map(number => `"iqn.1991-05.com.microsoft:ws2019-host-${number}.2016dom.local"`).join(', ');
const rpm = '/root/expresscls-4.3.0-1.x86_64.rpm';
const key = '/root/ECX4.x-lin1.key';
const software = `{ ${rpm}: "", ${key}: "EXPRESSCLUSTER X" }`;

/** Keys of a host in flow style, of those stages that have been. */
function keysSince(stage: Stage, keys: ReadonlyArray<readonly [since: Stage, key: string]>): string {
	return keys
		.filter(([since]) => stages.indexOf(since) <= stages.indexOf(stage))
		.map(([, each]) => each)
		.join(', ');
}

/** The world after a stage. Hosts 1 are active: the group, the shared volume and the protected VM are there. */
function after(stage: Stage): string {
	const has = (since: Stage) => stages.indexOf(since) <= stages.indexOf(stage);
	const hv = (number: number) => {
		const last = 195 + number;
		const address = (network: number) => (has('roles') ? `192.168.${network}.${last}` : 'none');
		const image = '"D:/iso/CentOS-8.2.2004-x86_64-dvd1.iso": ""';
		const ownDisks = `{ "D:/VM/ec${number}/ec${number}.vhdx": 30G, "D:/VM/ec${number}/ec${number}-mirror.vhdx": 25G fixed }`;
		const ec = `ec${number}: { memory: 4096, switches: [Management_switch, Mirror_switch, iSCSI_switch], disks: ${ownDisks}, autostart: 5 }`;
		const cent =
			has('vm') && number === 1
				? ', "Cent8.2-1": { switches: [VM_switch], disks: { "C:/ClusterStorage/Volume1/Cent8.2-1/Cent8.2-1.vhdx": 15G } }'
				: '';
		const rest = keysSince(stage, [
			['roles', 'features: [Hyper-V, Failover-Clustering]'],
			[
				'roles',
				'switches: { Management_switch: management, Mirror_switch: mirror, iSCSI_switch: iscsi, VM_switch: vm }',
			],
			['roles', 'firewall: { Cluster-Ping-In: ICMPv4 }'],
			['roles', 'vm_folder: "D:/VM"'],
			['cluster', `vms: { ${ec}${cent} }`],
			['storage', 'iscsi: { iqn.1996-10.com.ecx: 192.168.139.201, "iqn.1996-10.com.ecx:quorum": 192.168.139.202 }'],
			['bare', has('installed') ? 'state: joined' : 'state: bare'],
		]);
		return `  hv${number}: { platform: windows, address: 192.168.137.${last}, label: "Host ${number}", hostname: ws2019-host-${number}, domain: 2016dom.local, networks: { mirror: ${address(138)}, iscsi: ${address(139)}, vm: ${address(140)} }, disks: { D: 60 }, files: { ${image} }, ${rest} }`;
	};
	const ec = (number: number) => {
		const last = 198 + number;
		const rule = `KERNEL==\\"sd*\\", ENV{ID_SERIAL}==\\"3${newDisk(`ec${number}`, 'sdb', 0).serial}\\", SYMLINK+=\\"cp-diska%n\\"\\n`;
		const files = [
			`${rpm}: "", ${key}: "EXPRESSCLUSTER X"`,
			'/etc/selinux/config: "SELINUX=disabled\\nSELINUXTYPE=targeted\\n"',
			`/etc/udev/rules.d/99-clusterpro-devices.rules: "${rule}"`,
			...(number === 1
				? [
						`/root/lm-cluster/scripts/failover-vm/exec-iscsi/start.sh: { text: ${runbookScript(`${folder}/iscsi-start.sh`)}, mode: 0755 }`,
						`/root/lm-cluster/scripts/failover-vm/exec-iscsi/stop.sh: { text: ${runbookScript(`${folder}/iscsi-stop.sh`)}, mode: 0755 }`,
					]
				: []),
			...(has('configured') && number === 1
				? Object.entries(vmScripts()).map(
						([path, text]) => `/root/lm-resources/scripts/${path}: { text: ${text}, mode: 0755 }`,
					)
				: []),
			...(has('storage') ? ['/opt/nec/clusterpro/log/exec-iscsi.log: "systemctl start target ended with 0\\n"'] : []),
		].join(', ');
		const target = `target: { iqn: iqn.1996-10.com.ecx, device: /dev/NMP1, initiators: [${initiators}], ntfs: CSV }`;
		const rest = has('cluster')
			? keysSince(stage, [
					['cluster', `runs_on: hv${number}, autostart: true, packages: [targetcli, target-restore, unzip, tar]`],
					[
						'cluster',
						`services: { firewalld: stopped, dnf-makecache.timer: stopped, target: ${number === 1 ? 'started' : 'stopped'} }`,
					],
					['cluster', `files: { ${files} }`],
					['storage', target],
					['keys', 'ssh_to: [hv1, hv2]'],
				])
			: `state: none, runs_on: hv${number}, later: ${software}`;
		return `  ec${number}: { platform: linux, address: 192.168.137.${last}, label: EC-VM${number}, vm: ec${number}, networks: { mirror: 192.168.138.${last}, iscsi: 192.168.139.${last} }, disks: { sdb: 25G }, ${rest} }`;
	};
	const quorum = `, packages: [targetcli, target-restore], target: { iqn: "iqn.1996-10.com.ecx:quorum", device: /dev/sdb, name: quorum1, initiators: [${initiators}], ntfs: Quorum }`;
	const witnessServices = has('storage')
		? 'services: { clpwitnessd: running, target: running, firewalld: stopped }'
		: 'services: { clpwitnessd: running }';
	return `
hosts:
${hv(1)}
${hv(2)}
  witness: { platform: linux, address: 192.168.137.202, label: "the outside server", networks: { iscsi: 192.168.139.202, vm: 192.168.140.202 }, disks: { sdb: 1G }, ${witnessServices}${has('storage') ? quorum : ''} }
${ec(1)}
${ec(2)}
  cent8: { platform: linux, address: 192.168.137.210, label: Cent8.2-1, vm: Cent8.2-1, networks: { vm: 192.168.140.210 }, ${has('vm') ? 'runs_on: hv1' : 'power: off'} }
${has('wsfc') ? failoverCluster(has('storage'), has('vm')) : ''}
${has('cluster') ? clusterOfEcs(has('configured')) : ''}
`;
}

/** As wsfc.md leaves it; `withDisks`: as storage.md does, `withVm`: as protected-vm.md does. */
function failoverCluster(withDisks: boolean, withVm: boolean): string {
	return `
wsfc:
  ws2019-lm-cluster:
    hosts: [hv1, hv2]
    address: 192.168.137.198
    networks:
      management: { name: Management_network, role: 3 }
      mirror: { name: Mirror_network, role: 1 }
      iscsi: { name: iSCSI_network, role: 0 }
      vm: { name: VM_network, role: 0 }
    disks: { ${withDisks ? 'Cluster Disk 1: { target: iqn.1996-10.com.ecx, use: csv }, Cluster Disk 2: { target: "iqn.1996-10.com.ecx:quorum", use: witness }' : ''} }
    ${
			withVm
				? `roles: { "Cent8.2-1": { owner: hv1, failover: never } }
    properties: { ResiliencyDefaultPeriod: 9999, QuarantineThreshold: 9999 }
    migration_networks: [VM_network]`
				: ''
		}
`;
}

/** What ec-resources.md brings for the VM, by path below the folder of the cluster's scripts. */
function vmScripts() {
	const pair = {EC1: '192.168.137.199', EC2: '192.168.137.200', HOST1: '192.168.137.196', HOST2: '192.168.137.197'};
	const vm = {...pair, VM: 'Cent8.2-1', ACCOUNT: account};
	const disk = {...vm, CSV: 'Cluster Disk 1', FIP: '192.168.139.201'};
	return {
		'failover-vm/exec-Cent8.2-1/start.sh': runbookScript(`${folder}/vm-start.sh`, vm),
		'failover-vm/exec-Cent8.2-1/stop.sh': runbookScript(`${folder}/vm-stop.sh`, vm),
		'failover-vm/exec-Cent8.2-1/vm.sh': runbookScript(`${folder}/vm.sh`, disk),
		'monitor.s/genw-Cent8.2-1/genw.sh': runbookScript(`${folder}/genw-vm.sh`, vm),
		'monitor.s/genw-remote-node/genw.sh': runbookScript(`${folder}/genw-remote-node.sh`, {
			...vm,
			VM1: 'ec1',
			VM2: 'ec2',
		}),
	};
}

/** As ec-vms.md leaves it, or, `withVm`, as ec-resources.md does. */
function clusterOfEcs(withVm: boolean): string {
	const log = (name: string) => `userlog: /opt/nec/clusterpro/log/${name}.log`;
	const scripts = vmScripts();
	const inGroup = (name: string) => runbookScript(`${folder}/${name}`);
	return `
clusters:
  lm-cluster:
    hosts: [ec1, ec2]
    heartbeat_timeout: 50s
    interconnects: [management, mirror]
    mirror_connect: mirror
    witness: 192.168.137.202:80
    survivor: ec1
    licences: [EXPRESSCLUSTER X]
    groups:
      failover-vm:
        resources:
          fip-iscsi: { type: fip, address: 192.168.139.201 }
          md-iscsi: { type: md, disk: sdb, after: [fip-iscsi] }
          exec-iscsi: { type: exec, start: ${inGroup('iscsi-start.sh')}, stop: ${inGroup('iscsi-stop.sh')}, ${log('exec-iscsi')}, after: [md-iscsi, fip-iscsi] }
          ${withVm ? `exec-Cent8.2-1: { type: exec, start: ${scripts['failover-vm/exec-Cent8.2-1/start.sh']}, stop: ${scripts['failover-vm/exec-Cent8.2-1/stop.sh']}, files: { vm.sh: ${scripts['failover-vm/exec-Cent8.2-1/vm.sh']} }, ${log('exec-Cent8.2-1')}, after: [exec-iscsi] }` : ''}
    monitors:
      fipw-iscsi: { type: fipw, target: fip-iscsi, recovery: fip-iscsi }
      mdw-iscsi: { type: mdw, target: md-iscsi }
      mdnw-iscsi: { type: mdnw, target: md-iscsi }
      ${
				withVm
					? `genw-Cent8.2-1: { type: genw, script: ${scripts['monitor.s/genw-Cent8.2-1/genw.sh']}, ${log('genw-Cent8.2-1')}, timing: active, target: exec-Cent8.2-1, interval: 60s, timeout: 120s, retry: 1, recovery: failover-vm }
      genw-remote-node: { type: genw, script: ${scripts['monitor.s/genw-remote-node/genw.sh']}, ${log('genw-remote-node')}, timing: active, target: md-iscsi, interval: 60s, timeout: 120s, final: none }`
					: ''
			}
`;
}

/** For `runbooks/hyperv-live-migration/`. `cent8` is the protected VM `Cent8.2-1`, which no runbook logs in to. */
export const hypervLiveMigration: NamedTopology = {
	name: 'hyperv-live-migration',
	title: 'Two Hyper-V hosts with an EC VM each, a protected VM, and a server outside',
	starts: {
		// Windows and the outside server are installed; nobody has been at the hosts' consoles
		get bare() {
			return after('bare');
		},
		// Somebody has been there: the first step of hosts.md
		get installed() {
			return after('installed');
		},
		// As after hosts.md
		get 'roles-ready'() {
			return after('roles');
		},
		// As after wsfc.md
		get 'hosts-ready'() {
			return after('wsfc');
		},
		// As after ec-vms.md
		get 'cluster-ready'() {
			return after('cluster');
		},
		// As after storage.md
		get 'storage-ready'() {
			return after('storage');
		},
		// As after protected-vm.md
		get 'vm-ready'() {
			return after('vm');
		},
		// As after ssh-keys.md
		get 'keys-ready'() {
			return after('keys');
		},
		// As after ec-resources.md
		get configured() {
			return after('configured');
		},
	},
};
