import {volumeUuidOf} from '../esx4/described-host.js';
import {runbookScript, yamlText} from './runbook-script.js';
import type {NamedTopology} from './topology.js';

const software = `{ /root/expresscls-2.1.2-1.x86_64.rpm: "", /root/ecx.key: "EXPRESSCLUSTER X 2.1" }`;
const today = `{ /root/expresscls-4.3.0-1.x86_64.rpm: "", /root/ecx.key: "EXPRESSCLUSTER X 4.3" }`;

/** Of hosts that know each other by name without a DNS. */
const withNames = String.raw`{ /root/expresscls-2.1.2-1.x86_64.rpm: "", /root/ecx.key: "EXPRESSCLUSTER X SingleServerSafe 2.1", /etc/hosts: "127.0.0.1 localhost\n10.0.0.3 esx3\n10.0.0.4 esx4\n" }`;

/** The pair whose consoles are servers of a cluster; `keys` are the rest of each. */
const pair = (keys: (number: number) => string) =>
	[1, 2]
		.map(
			number =>
				`  esx${number}: { platform: esx4, address: 10.0.0.${number}, label: "ESX#${number}", ${keys(number)}, luns: { shared1: vmfs }, files: ${software} }\n`,
		)
		.join('');

/**
What has nothing to do with the cluster of hosts, the same in every state: the carriers of guests, those guests, a physical server,
and two ESXi hosts with a server in a virtual machine on each.
*/
const others = `
  esx3: { platform: esx4, address: 10.0.0.3, label: "ESX#3", luns: { shared2: vmfs }, files: ${withNames} }
  esx4: { platform: esx4, address: 10.0.0.4, label: "ESX#4", luns: { shared2: vmfs, rdm1: raw }, files: ${withNames} }
  g1: { platform: linux, address: 10.0.0.21, networks: { private: 10.0.1.21 }, state: none, datastore: shared2, files: ${software} }
  g2: { platform: linux, address: 10.0.0.22, networks: { private: 10.0.1.22 }, state: none, datastore: shared2, files: ${software} }
  p1: { platform: linux, address: 10.0.0.31, networks: { private: 10.0.1.31 }, label: "the physical server", disks: { sdb: 100G }, files: ${software} }
  g3: { platform: linux, address: 10.0.0.23, networks: { private: 10.0.1.23 }, vm: g3, power: off, files: ${software} }
  vm2: { platform: linux, address: 10.0.0.12, vm: vm2, power: off }
  gateway: { platform: linux, address: 10.0.0.254 }
  esxi1: { platform: esxi, address: 10.0.0.51, label: "ESXi#1" }
  esxi2: { platform: esxi, address: 10.0.0.52, label: "ESXi#2" }
  ecx1: { platform: linux, address: 10.0.0.61, runs_on: esxi1, autostart: true, files: ${today} }
  ecx2: { platform: linux, address: 10.0.0.62, runs_on: esxi2, autostart: true, files: ${today} }
  vm4: { platform: linux, address: 10.0.0.14, vm: vm4, power: off }
`;

const execKeys = 'timeout: 180s, stop_timeout: 600s, userlog: /opt/nec/clusterpro/log/exec-vm.log';
const monitorKeys =
	'target: exec-vm, timing: active, interval: 30s, timeout: 60s, retry: 1, recovery: failover-vm, restart: 0, failover: 1, final: none, userlog: /opt/nec/clusterpro/log/genw-vm.log';

/** SingleServerSafe on a carrier: `shared2` is the second disk of its console. */
const watchesLun =
	'{ type: diskw, device: /dev/sdb, interval: 30s, retry: 1, restart: 0, failover: 0, final: shutdown }';

/** The parts that belong to them. */
const partsOfOthers = `
shared_storage:
  box: { hosts: [esxi1, esxi2], datastores: { shared1: 100 } }
vmware_ha:
  ha4: { hosts: [esx3, esx4], state: off, isolation_addresses: [10.0.0.254] }
clusters:
  mixed:
    hosts: [p1, g3]
    state: none
    heartbeat_timeout: 90s
    groups:
      failover-mixed: { resources: { disk-mixed: { type: disk }, exec-mixed: { type: exec, after: [disk-mixed], start: "exit 0", stop: "exit 0" } } }
  guests:
    hosts: [g1, g2]
    state: none
    heartbeat_timeout: 90s
    groups:
      failover-guest: { resources: { disk-data: { type: disk }, exec-app: { type: exec, after: [disk-data], start: "exit 0", stop: "exit 0" } } }
  sss3: { hosts: [esx3], state: none, monitors: { diskw: ${watchesLun} } }
  sss4: { hosts: [esx4], state: none, monitors: { diskw: ${watchesLun} } }
  modern:
    hosts: [ecx1, ecx2]
    state: none
    heartbeat_timeout: 90s
    groups:
      failover-vm: { resources: { exec-vm: { type: exec, start: "exit 0", stop: "exit 0", ${execKeys} } } }
    monitors:
      genw-vm: { type: genw, script: "exit 0", ${monitorKeys} }
`;

/** The cluster of hosts as the Builder makes it, with these scripts. */
const clusterOfHosts = (start: string, stop: string, monitor: string, keys = '') => `
  hosts:
    hosts: [esx1, esx2]
    ${keys}
    heartbeat_timeout: 90s
    groups:
      failover-vm:
        resources:
          sd-vm: { type: disk }
          exec-vm: { type: exec, after: [sd-vm], start: ${start}, stop: ${stop}, ${execKeys} }
    monitors:
      genw-vm: { type: genw, script: ${monitor}, ${monitorKeys} }
`;

const nothing = yamlText('exit 0');

/** Both hosts as `state` says, and of the cluster only what somebody will make at the Builder. */
const beforeTheCluster = (keys: (number: number) => string) => `
hosts:
${pair(keys)}
  vm1: { platform: linux, address: 10.0.0.11, state: none, datastore: shared1, files: ${software} }
${others}
${partsOfOthers}${clusterOfHosts(nothing, nothing, nothing, 'state: none')}`;

const ready = (number: number) => `networks: { private: 10.0.1.${number} }`;

/** For `runbooks/expresscluster-vsphere4/`. */
export const expressclusterVsphere4: NamedTopology = {
	name: 'expresscluster-vsphere4',
	title: 'Four ESX 4.0 hosts with shared volumes, VMware HA, a physical server, and guests; two ESXi hosts beside them',
	starts: {
		// As the installer leaves the first pair
		bare: beforeTheCluster(() => 'state: bare'),
		// As after hosts.md
		'hosts-ready': beforeTheCluster(ready),
		// As after inter-host.md: the cluster of hosts runs vm1 on the first one
		get configured() {
			const scripts = 'expresscluster-vsphere4/scripts';
			const values = {VMX: `/vmfs/volumes/${volumeUuidOf('shared1')}/vm1/vm1.vmx`};
			const [start, stop, monitor] = ['vmpower.start.sh', 'vmpower.stop.sh', 'clpvmmon.sh'].map(name =>
				runbookScript(`${scripts}/${name}`, values),
			);
			return `
hosts:
${pair(ready)}
  vm1: { platform: linux, address: 10.0.0.11, runs_on: esx1, datastore: shared1, files: ${software} }
${others}
${partsOfOthers}${clusterOfHosts(start ?? nothing, stop ?? nothing, monitor ?? nothing, 'licences: [EXPRESSCLUSTER X 2.1]')}`;
		},
	},
};
