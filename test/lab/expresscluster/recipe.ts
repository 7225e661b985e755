const brought = '{ /root/expresscls-4.3.0-1.x86_64.rpm: "", /root/ECX4.x-cpu.key: "a licence" }';
/** Two hosts on which the software is to be installed, with all that a person brings along. */
export const bareHosts = `topology:
  hosts:
    ec1: { platform: linux, address: 172.31.255.11, networks: { iscsi: 172.31.254.11, mirror: 172.31.253.11 }, disks: { sdb: 500G }, files: ${brought} }
    ec2: { platform: linux, address: 172.31.255.12, networks: { iscsi: 172.31.254.12, mirror: 172.31.253.12 }, disks: { sdb: 500G }, files: ${brought} }
`;

/** The disk, the package and the licence, as typed on each server. */
export const install =
	'parted -s /dev/sdb mklabel msdos mkpart primary 0% 1025MiB mkpart primary 1025MiB 100% && rpm -ivh /root/expresscls-4.3.0-1.x86_64.rpm && clplcnsc -i /root/ECX4.x-cpu.key';

/** The calls of `clpcfset` that make the cluster of the notes on the domain, 1.2, in the current folder. */
export const configure = `set -e
clpcfset create HCI-Cluster ASCII
clpcfset add clsparam cluster/heartbeat/timeout 50000
clpcfset add srv ec1 0
clpcfset add srv ec2 1
for n in 1 2; do
	clpcfset add device ec$n lan 0 172.31.255.1$n
	clpcfset add device ec$n lan 1 172.31.254.1$n
	clpcfset add device ec$n lan 2 172.31.253.1$n
	clpcfset add device ec$n mdc 0 172.31.253.1$n
done
clpcfset add hb lankhb 0 0
clpcfset add hb lankhb 1 1
clpcfset add hb lankhb 2 2
clpcfset add clsparam server@ec1/survive 1
clpcfset add grp failover failover-vm
clpcfset add rsc failover-vm fip fip-iscsi
clpcfset add rscparam fip fip-iscsi parameters/ip 172.31.254.10
for exec in exec-md-recovery exec-iscsi; do
	clpcfset add rsc failover-vm exec $exec
	clpcfset add rscparam exec $exec parameters/act/path start.sh
	clpcfset add rscparam exec $exec parameters/deact/path stop.sh
	clpcfset add rscparam exec $exec parameters/userlog /opt/nec/clusterpro/log/$exec.log
	clpcfset add rscparam exec $exec parameters/logrotate/use 1
done
clpcfset add rsc failover-vm md md-iscsi
clpcfset add rscparam md md-iscsi parameters/netdev@0/priority 0
clpcfset add rscparam md md-iscsi parameters/netdev@0/device 0
clpcfset add rscparam md md-iscsi parameters/netdev@0/mdcname mdc1
clpcfset add rscparam md md-iscsi parameters/nmppath /dev/NMP1
clpcfset add rscparam md md-iscsi parameters/diskdev/dppath /dev/sdb2
clpcfset add rscparam md md-iscsi parameters/diskdev/cppath /dev/sdb1
clpcfset add rscparam md md-iscsi parameters/fs none
clpcfset add rscparam md md-iscsi act/timeout 190
clpcfset add rscparam md md-iscsi deact/timeout 190
clpcfset add rscdep exec exec-md-recovery fip-iscsi
clpcfset add rscdep md md-iscsi exec-md-recovery
clpcfset add rscdep exec exec-iscsi md-iscsi
clpcfset add mon genw genw-md
clpcfset add monparam genw genw-md parameters/path genw.sh
clpcfset add monparam genw genw-md polling/timing 1
clpcfset add monparam genw genw-md target md-iscsi
clpcfset add monparam genw genw-md relation/type cls
clpcfset add monparam genw genw-md relation/name LocalServer
clpcfset add monparam genw genw-md emergency/threshold/restart 0
clpcfset add monparam genw genw-md emergency/threshold/fo 0
clpcfset add monparam genw genw-md firstmonwait 30
clpcfset add mon fipw fipw-iscsi
clpcfset add monparam fipw fipw-iscsi target fip-iscsi
clpcfset add monparam fipw fipw-iscsi relation/type rsc
clpcfset add monparam fipw fipw-iscsi relation/name fip-iscsi
clpcfset add mon mdw mdw-iscsi
clpcfset add monparam mdw mdw-iscsi parameters/object md-iscsi
clpcfset add mon userw userw
`;

/** Scripts where `clpcfctrl --push` looks for them, in the current folder: each says in its log what it was called with. */
export const scripts = `set -e
mkdir -p scripts/failover-vm/exec-md-recovery scripts/failover-vm/exec-iscsi scripts/monitor.s/genw-md
for exec in exec-md-recovery exec-iscsi; do
	for what in start stop; do
		printf '%s\\n' '#!/bin/sh' "echo $exec $what \\$CLP_EVENT \\$CLP_FACTOR \\$CLP_SERVER" 'sleep 2' > scripts/failover-vm/$exec/$what.sh
	done
done
printf '%s\\n' '#!/bin/sh' 'exit 0' > scripts/monitor.s/genw-md/genw.sh
`;
