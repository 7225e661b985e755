import type {NamedTopology} from './topology.js';

const software = `{ /root/expresscls-2.1.2-1.x86_64.rpm: "", /root/ecx.key: "EXPRESSCLUSTER X 2.1" }`;

/** Of hosts that know each other by name without a DNS. */
const withNames = String.raw`{ /root/expresscls-2.1.2-1.x86_64.rpm: "", /etc/hosts: "127.0.0.1 localhost\n10.0.0.3 esx3\n10.0.0.4 esx4\n" }`;

/** For `runbooks/expresscluster-vsphere4/`. */
export const expressclusterVsphere4: NamedTopology = {
	name: 'expresscluster-vsphere4',
	title: 'Four ESX 4.0 hosts with shared volumes, VMware HA, a physical server, and guests',
	starts: {
		// As the installer leaves them
		bare: `
hosts:
  esx1: { platform: esx4, address: 10.0.0.1, label: "ESX#1", state: bare, luns: { shared1: vmfs }, files: ${software} }
  esx2: { platform: esx4, address: 10.0.0.2, label: "ESX#2", state: bare, luns: { shared1: vmfs }, files: ${software} }
  esx3: { platform: esx4, address: 10.0.0.3, label: "ESX#3", luns: { shared2: vmfs }, files: ${withNames} }
  esx4: { platform: esx4, address: 10.0.0.4, label: "ESX#4", luns: { shared2: vmfs }, files: ${withNames} }
  vm1: { platform: linux, address: 10.0.0.11, state: none, datastore: shared1, files: ${software} }
  g1: { platform: linux, address: 10.0.0.21, networks: { private: 10.0.1.21 }, state: none, datastore: shared2, files: ${software} }
  g2: { platform: linux, address: 10.0.0.22, networks: { private: 10.0.1.22 }, state: none, datastore: shared2, files: ${software} }
  p1: { platform: linux, address: 10.0.0.31, networks: { private: 10.0.1.31 }, label: "the physical server", files: ${software} }
  g3: { platform: linux, address: 10.0.0.23, networks: { private: 10.0.1.23 }, vm: g3, power: off, files: ${software} }
  vm2: { platform: linux, address: 10.0.0.12, vm: vm2, power: off }
  gateway: { platform: linux, address: 10.0.0.254 }
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
  hosts:
    hosts: [esx1, esx2]
    state: none
    heartbeat_timeout: 90s
    groups:
      failover-vm:
        resources:
          sd-vm: { type: disk }
          exec-vm: { type: exec, after: [sd-vm], start: "exit 0", stop: "exit 0", timeout: 180s, stop_timeout: 600s, userlog: /opt/nec/clusterpro/log/exec-vm.log }
    monitors:
      genw-vm: { type: genw, target: exec-vm, timing: active, script: "exit 0", interval: 30s, timeout: 60s, retry: 1, recovery: failover-vm, restart: 0, failover: 1, final: none, userlog: /opt/nec/clusterpro/log/genw-vm.log }
`,
	},
};
