import type {NamedTopology} from './topology.js';

/** For `runbooks/vsphere-ha/`. The ids are such that text decides: `host-99` is higher than `host-100`. */
export const vsphereHa: NamedTopology = {
	name: 'vsphere-ha',
	title: 'Four ESXi 7.0 hosts of a vSphere HA cluster on two shared datastores',
	starts: {
		// Everything works; the master is esxi1
		healthy: `
hosts:
  esxi1: { platform: esxi, address: 172.31.255.21, label: "ESXi#1" }
  esxi2: { platform: esxi, address: 172.31.255.22, label: "ESXi#2" }
  esxi3: { platform: esxi, address: 172.31.255.23, label: "ESXi#3" }
  esxi4: { platform: esxi, address: 172.31.255.24, label: "ESXi#4" }
shared_storage:
  san: { hosts: [esxi1, esxi2, esxi3, esxi4], datastores: { ha-ds1: 500, ha-ds2: 500 } }
vsphere_ha:
  ha:
    hosts: { esxi1: host-99, esxi2: host-100, esxi3: host-28, esxi4: host-31 }
    heartbeat_datastores: [ha-ds1, ha-ds2]
    isolation_addresses: [172.31.255.1]
    response: powerOff
    monitoring: high
    vmcp: "on"
    vms:
      ha-test: { on: esxi2, datastore: ha-ds1 }
      ha-agent: { on: esxi3, datastore: ha-ds1, priority: agent }
      ha-high: { on: esxi4, datastore: ha-ds1, priority: high }
      ha-medium: { on: esxi1, datastore: ha-ds1, priority: medium }
      ha-low: { on: esxi3, datastore: ha-ds1, priority: low }
`,
	},
};
