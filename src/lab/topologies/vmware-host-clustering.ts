import type {NamedTopology} from './topology.js';

/** For `runbooks/vmware-host-clustering/`. */
export const vmwareHostClustering: NamedTopology = {
	name: 'vmware-host-clustering',
	title: 'Two ESXi 7.0 hosts with four NICs each',
	starts: {
		// As the installer leaves them, with the management network and SSH set at the console
		bare: `
hosts:
  esxi1: { platform: esxi, address: 172.31.255.2, label: "ESXi#1", state: bare }
  esxi2: { platform: esxi, address: 172.31.255.3, label: "ESXi#2", state: bare }
`,
		// As after esxi.md
		'esxi-ready': `
hosts:
  esxi1: { platform: esxi, address: 172.31.255.2, label: "ESXi#1", state: esxi-ready }
  esxi2: { platform: esxi, address: 172.31.255.3, label: "ESXi#2", state: esxi-ready }
`,
	},
};
