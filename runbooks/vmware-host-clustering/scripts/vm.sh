# What vm-start.sh and vm-stop.sh share: it lies beside them on both EC VMs, and is read by them. ec-resources.md fills the eight
# values in. It ends the script that reads it where this server is none of the two.

VMX='%%VMX%%'
DATASTORE='%%DATASTORE%%'
VMHBA1='%%VMHBA1%%'
VMHBA2='%%VMHBA2%%'
VMK1='%%VMK1%%'
VMK2='%%VMK2%%'
EC1='%%EC1%%'
EC2='%%EC2%%'

set -u

say() {
	echo "$(date '+%Y-%m-%d %H:%M:%S') ${0##*/}: $*"
}

# One command on the ESXi host below. Without -n it would read what this script is fed with.
esx() {
	ssh -n -o BatchMode=yes -o ConnectTimeout=10 "root@$vmk" "$1" 2>&1
}

# The VM's number in the inventory; nothing if it is not registered. The folder tells which VM it is, not the name.
number_of_vm() {
	esx 'vim-cmd vmsvc/getallvms' | awk -v file="] $folder/$vmx_file " 'index($0, file) {print $1; exit}'
}

# Registered VMs whose files cannot be read, such as those that lost their lock in a partition.
unregister_invalid() {
	for number in $(esx 'vim-cmd vmsvc/getallvms' | sed -n "s/^Skipping invalid VM '\([0-9]*\)'.*/\1/p"); do
		say "unregistering the invalid VM $number"
		esx "vim-cmd vmsvc/unregister $number"
	done
}

storage_is_there() {
	device=$(esx 'esxcli storage vmfs extent list' | awk -v label="$DATASTORE" '$1 == label {print $4; exit}')
	[ -n "$device" ] && esx "esxcli storage core path list -d $device" | grep -q 'State: active'
}

if ip address | grep -qF " $EC1/"; then
	vmk=$VMK1
	vmhba=$VMHBA1
elif ip address | grep -qF " $EC2/"; then
	vmk=$VMK2
	vmhba=$VMHBA2
else
	say "neither $EC1 nor $EC2 is an address of this server"
	exit 1
fi

vmx_file=${VMX##*/}
folder=${VMX%/*}
folder=${folder##*/}
