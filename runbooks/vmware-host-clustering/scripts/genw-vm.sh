#!/bin/sh
# genw.sh of a protected VM's custom monitor: 0 if the VM is well on the ESXi host under this EC VM, 1 if it is not.
# ec-resources.md fills the five values in.

VMX='%%VMX%%'
VMK1='%%VMK1%%'
VMK2='%%VMK2%%'
EC1='%%EC1%%'
EC2='%%EC2%%'

set -u

say() {
	echo "$(date '+%Y-%m-%d %H:%M:%S') genw-vm: $*"
}

esx() {
	ssh -n -o BatchMode=yes -o ConnectTimeout=10 "root@$vmk" "$1" 2>&1
}

if ip address | grep -qF " $EC1/"; then
	vmk=$VMK1
elif ip address | grep -qF " $EC2/"; then
	vmk=$VMK2
else
	say "neither $EC1 nor $EC2 is an address of this server"
	exit 1
fi

vmx_file=${VMX##*/}
folder=${VMX%/*}
folder=${folder##*/}

# While hostd restarts it knows nothing about any VM. That is no fault of the VM, and no reason for a failover.
inventory=$(esx 'vim-cmd vmsvc/getallvms')
if ! echo "$inventory" | grep -q '^Vmid '; then
	say "$vmk does not tell: $inventory"
	exit 0
fi

number=$(echo "$inventory" | awk -v file="] $folder/$vmx_file " 'index($0, file) {print $1; exit}')
if [ -z "$number" ]; then
	say "$folder is not in the inventory of $vmk"
	exit 1
fi

heartbeat=$(esx "vim-cmd vmsvc/get.summary $number" | sed -n 's/.*guestHeartbeatStatus = "\([a-z]*\)".*/\1/p' | head -n 1)
case $heartbeat in
	green | yellow)
		exit 0
		;;
	red)
		say "$folder has no heartbeat on $vmk"
		exit 1
		;;
esac

# Gray: there are no VMware Tools, or they have only just started. Then it counts that the VM is on.
if esx "vim-cmd vmsvc/power.getstate $number" | grep -q 'Powered on'; then
	exit 0
fi
say "$folder is not on on $vmk"
exit 1
