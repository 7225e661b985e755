import {runbookScript, yamlText} from './runbook-script.js';
import type {NamedTopology} from './topology.js';

/** Nobody has made the EC VMs yet. Their mirror disks have 50 GiB, so that the first copy takes minutes and not hours. */
const ecVms = [1, 2]
	.map(
		number => `
  ec${number}:
    platform: linux
    state: none
    address: 172.31.255.1${number}
    networks: { mirror: 172.31.253.1${number}, iscsi: 172.31.254.1${number} }
    runs_on: esxi${number}
    disks: { sdb: 50G }
    services: { firewalld: running }
    later:
      /root/expresscls-4.3.0-1.x86_64.rpm: "EXPRESSCLUSTER"
      /root/ECX4.x-A.key: "EXPRESSCLUSTER X"
      /root/ECX4.x-B.key: "EXPRESSCLUSTER X Replicator"
`,
	)
	.join('');

const folder = 'vmware-host-clustering/scripts';
const hosts = {VMK1: '172.31.255.2', VMK2: '172.31.255.3'};
const pair = {...hosts, EC1: '172.31.255.11', EC2: '172.31.255.12'};

/** What iscsi-cluster.md puts below `/root/cluster/scripts`, by path. */
const clusterScripts = () => ({
	'failover-vm/exec-md-recovery/start.sh': runbookScript(`${folder}/exec-md-recovery.sh`),
	'failover-vm/exec-md-recovery/stop.sh': yamlText('#!/bin/sh\nexit 0\n'),
	'failover-vm/exec-iscsi/start.sh': runbookScript(`${folder}/exec-iscsi-start.sh`),
	'failover-vm/exec-iscsi/stop.sh': runbookScript(`${folder}/exec-iscsi-stop.sh`),
	'monitor.s/genw-md/genw.sh': runbookScript(`${folder}/genw-md.sh`),
	'monitor.s/genw-remote-node/genw.sh': runbookScript(`${folder}/genw-remote-node.sh`, {
		VMADN1: 'ec1',
		VMADN2: 'ec2',
		VMA1: pair.EC1,
		VMA2: pair.EC2,
		...hosts,
	}),
});

const vmValues = {
	...pair,
	VMX: '/vmfs/volumes/EC_iSCSI/vm1/vm1.vmx',
	DATASTORE: 'EC_iSCSI',
	VMHBA1: 'vmhba64',
	VMHBA2: 'vmhba64',
};

/** An exec resource with a log; `keys` are the rest of it. */
const exec = (name: string, start: string, stop: string, after: string, files = '') =>
	`${name}: { type: exec, start: ${start}, stop: ${stop}, files: { ${files} }, userlog: /opt/nec/clusterpro/log/${name}.log, after: [${after}] }`;

const genw = (name: string, script: string, keys = '') =>
	`${name}: { type: genw, script: ${script}, userlog: /opt/nec/clusterpro/log/${name}.log${keys} }`;

/** As after `iscsi-cluster.md`: the mirror is in step, the group on ec1. `withVm`: as after `ec-resources.md` for `vm1`. */
function running(withVm: boolean): string {
	const scripts = clusterScripts();
	const esxi = (number: number) => `
  esxi${number}:
    platform: esxi
    address: 172.31.255.${number + 1}
    label: "ESXi#${number}"
    iscsi_targets: [172.31.254.10]
    vms: { ${withVm && number === 1 ? 'vm1: { datastore: EC_iSCSI }' : ''} }`;
	const ec = (number: number) => `
  ec${number}:
    platform: linux
    address: 172.31.255.1${number}
    networks: { mirror: 172.31.253.1${number}, iscsi: 172.31.254.1${number} }
    runs_on: esxi${number}
    autostart: true
    disks: { sdb: 500G }
    vmx:
      sata0.present: "TRUE"
      sata0:0.present: "TRUE"
      sata0:0.deviceType: cdrom-image
      sata0:0.fileName: /vmfs/volumes/datastore1/iso/CentOS-8.2.2004-x86_64-dvd1.iso
      tools.syncTime: "TRUE"
    packages: [targetcli, target-restore]
    services: { firewalld: stopped, dnf-makecache.timer: stopped, target: ${number === 1 ? 'started' : 'stopped'} }
    target:
      iqn: iqn.1996-10.com.ecx
      device: /dev/NMP1
      initiators: ["iqn.1998-01.com.vmware:esxi1-5f2a60b1", "iqn.1998-01.com.vmware:esxi2-5f2a60b2"]
      datastore: EC_iSCSI
    ssh_to: [esxi1, esxi2, ec1, ec2]
    files:
      /etc/selinux/config: "SELINUX=disabled\\nSELINUXTYPE=targeted\\n"
      /media/CentOS/: ""
      /root/expresscls-4.3.0-1.x86_64.rpm: "EXPRESSCLUSTER"
      /root/ECX4.x-A.key: "EXPRESSCLUSTER X"
      /root/ECX4.x-B.key: "EXPRESSCLUSTER X Replicator"
${
	number === 1
		? Object.entries(scripts)
				.map(([path, text]) => `      /root/cluster/scripts/${path}: { text: ${text}, mode: 0755 }\n`)
				.join('')
		: ''
}`;
	const start = runbookScript(`${folder}/vm-start.sh`);
	const stop = runbookScript(`${folder}/vm-stop.sh`);
	const shared = `vm.sh: ${runbookScript(`${folder}/vm.sh`, vmValues)}`;
	return `
hosts:${esxi(1)}${esxi(2)}${ec(1)}${ec(2)}
clusters:
  HCI-Cluster:
    hosts: [ec1, ec2]
    heartbeat_timeout: 50s
    interconnects: [management, iscsi, mirror]
    mirror_connect: mirror
    survivor: ec1
    licences: [EXPRESSCLUSTER X, EXPRESSCLUSTER X Replicator]
    groups:
      failover-vm:
        resources:
          fip-iscsi: { type: fip, address: 172.31.254.10 }
          ${exec('exec-md-recovery', scripts['failover-vm/exec-md-recovery/start.sh'], scripts['failover-vm/exec-md-recovery/stop.sh'], 'fip-iscsi')}
          md-iscsi: { type: md, disk: sdb, after: [exec-md-recovery] }
          ${exec('exec-iscsi', scripts['failover-vm/exec-iscsi/start.sh'], scripts['failover-vm/exec-iscsi/stop.sh'], 'md-iscsi')}
          ${withVm ? exec('exec-vm1', start, stop, 'exec-iscsi', shared) : ''}
    monitors:
      ${genw('genw-md', scripts['monitor.s/genw-md/genw.sh'], ', timing: active, target: md-iscsi, first_wait: 30s')}
      ${genw('genw-remote-node', scripts['monitor.s/genw-remote-node/genw.sh'])}
      fipw-iscsi: { type: fipw, target: fip-iscsi, recovery: fip-iscsi }
      arpw-iscsi: { type: arpw, target: fip-iscsi, recovery: fip-iscsi }
      mdnw-iscsi: { type: mdnw, target: md-iscsi }
      mdw-iscsi: { type: mdw, target: md-iscsi }
      ${withVm ? genw('genw-vm1', runbookScript(`${folder}/genw-vm.sh`, vmValues), ', timing: active, target: exec-vm1, interval: 60s, retry: 1, recovery: failover-vm') : ''}
`;
}

/** For `runbooks/vmware-host-clustering/`. */
export const vmwareHostClustering: NamedTopology = {
	name: 'vmware-host-clustering',
	title: 'Two ESXi 7.0 hosts with four NICs each, and an EC VM for each that is still to be made',
	starts: {
		// As the installer leaves them, with the management network and SSH set at the console
		bare: `
hosts:
  esxi1: { platform: esxi, address: 172.31.255.2, label: "ESXi#1", state: bare }
  esxi2: { platform: esxi, address: 172.31.255.3, label: "ESXi#2", state: bare }
${ecVms}`,
		// As after esxi.md
		'esxi-ready': `
hosts:
  esxi1: { platform: esxi, address: 172.31.255.2, label: "ESXi#1", state: esxi-ready }
  esxi2: { platform: esxi, address: 172.31.255.3, label: "ESXi#2", state: esxi-ready }
${ecVms}`,
		get 'iscsi-ready'() {
			return running(false);
		},
		get configured() {
			return running(true);
		},
	},
};
