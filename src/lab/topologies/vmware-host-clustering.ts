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
	},
};
