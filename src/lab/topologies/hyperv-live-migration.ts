import type {NamedTopology} from './topology.js';

/** For `runbooks/hyperv-live-migration/`. `cent8` is the protected VM `Cent8.2-1`, which no runbook logs in to. */
export const hypervLiveMigration: NamedTopology = {
	name: 'hyperv-live-migration',
	title: 'Two Hyper-V hosts with an EC VM each, a protected VM, and a server outside',
	starts: {
		// Windows and the outside server are installed; nobody has been at the hosts' consoles
		bare: `
hosts:
  hv1: { platform: windows, address: 192.168.137.196, label: "Host 1", hostname: ws2019-host-1, domain: 2016dom.local, networks: { mirror: none, iscsi: none, vm: none }, disks: { D: 60 }, files: { "D:/iso/CentOS-8.2.2004-x86_64-dvd1.iso": "" }, state: bare }
  hv2: { platform: windows, address: 192.168.137.197, label: "Host 2", hostname: ws2019-host-2, domain: 2016dom.local, networks: { mirror: none, iscsi: none, vm: none }, disks: { D: 60 }, files: { "D:/iso/CentOS-8.2.2004-x86_64-dvd1.iso": "" }, state: bare }
  witness: { platform: linux, address: 192.168.137.202, label: "the outside server", networks: { iscsi: 192.168.139.202, vm: 192.168.140.202 }, disks: { sdb: 1G }, services: { clpwitnessd: running } }
  ec1: { platform: linux, address: 192.168.137.199, label: EC-VM1, vm: ec1, state: none, runs_on: hv1, networks: { mirror: 192.168.138.199, iscsi: 192.168.139.199 }, disks: { sdb: 25G }, later: { /root/expresscls-4.3.0-1.x86_64.rpm: "", /root/ECX4.x-lin1.key: "EXPRESSCLUSTER X" } }
  ec2: { platform: linux, address: 192.168.137.200, label: EC-VM2, vm: ec2, state: none, runs_on: hv2, networks: { mirror: 192.168.138.200, iscsi: 192.168.139.200 }, disks: { sdb: 25G }, later: { /root/expresscls-4.3.0-1.x86_64.rpm: "", /root/ECX4.x-lin1.key: "EXPRESSCLUSTER X" } }
  cent8: { platform: linux, address: 192.168.137.210, label: Cent8.2-1, vm: Cent8.2-1, power: off, networks: { vm: 192.168.140.210 } }
`,
		// As hosts.md and wsfc.md leave them: roles, switches and addresses, the failover cluster without disks
		'hosts-ready': `
hosts:
  hv1: { platform: windows, address: 192.168.137.196, label: "Host 1", hostname: ws2019-host-1, domain: 2016dom.local, networks: { mirror: 192.168.138.196, iscsi: 192.168.139.196, vm: 192.168.140.196 }, features: [Hyper-V, Failover-Clustering], switches: { Management_switch: management, Mirror_switch: mirror, iSCSI_switch: iscsi, VM_switch: vm }, disks: { D: 60 }, files: { "D:/iso/CentOS-8.2.2004-x86_64-dvd1.iso": "" } }
  hv2: { platform: windows, address: 192.168.137.197, label: "Host 2", hostname: ws2019-host-2, domain: 2016dom.local, networks: { mirror: 192.168.138.197, iscsi: 192.168.139.197, vm: 192.168.140.197 }, features: [Hyper-V, Failover-Clustering], switches: { Management_switch: management, Mirror_switch: mirror, iSCSI_switch: iscsi, VM_switch: vm }, disks: { D: 60 }, files: { "D:/iso/CentOS-8.2.2004-x86_64-dvd1.iso": "" } }
  witness: { platform: linux, address: 192.168.137.202, label: "the outside server", networks: { iscsi: 192.168.139.202, vm: 192.168.140.202 }, disks: { sdb: 1G }, services: { clpwitnessd: running } }
  ec1: { platform: linux, address: 192.168.137.199, label: EC-VM1, vm: ec1, state: none, runs_on: hv1, networks: { mirror: 192.168.138.199, iscsi: 192.168.139.199 }, disks: { sdb: 25G }, later: { /root/expresscls-4.3.0-1.x86_64.rpm: "", /root/ECX4.x-lin1.key: "EXPRESSCLUSTER X" } }
  ec2: { platform: linux, address: 192.168.137.200, label: EC-VM2, vm: ec2, state: none, runs_on: hv2, networks: { mirror: 192.168.138.200, iscsi: 192.168.139.200 }, disks: { sdb: 25G }, later: { /root/expresscls-4.3.0-1.x86_64.rpm: "", /root/ECX4.x-lin1.key: "EXPRESSCLUSTER X" } }
  cent8: { platform: linux, address: 192.168.137.210, label: Cent8.2-1, vm: Cent8.2-1, power: off, networks: { vm: 192.168.140.210 } }
wsfc:
  ws2019-lm-cluster: { hosts: [hv1, hv2], address: 192.168.137.198 }
`,
	},
};
