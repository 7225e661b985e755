#!/bin/sh
# stop.sh of a protected VM's exec resource: the VM is off and gone from the inventory of the ESXi host under this EC VM.
# Both EC VMs have the same file. ec-resources.md fills the eight values in.

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
	echo "$(date '+%Y-%m-%d %H:%M:%S') vm-stop: $*"
}

esx() {
	ssh -n -o BatchMode=yes -o ConnectTimeout=10 "root@$vmk" "$1" 2>&1
}

number_of_vm() {
	esx 'vim-cmd vmsvc/getallvms' | awk -v file="] $folder/$vmx_file " 'index($0, file) {print $1; exit}'
}

is_off() {
	esx "vim-cmd vmsvc/power.getstate $1" | grep -q 'Powered off'
}

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

# A VM that lost its disk asks what to do, and nothing else is possible until it is told. The first answer lets it go.
answer_question() {
	message=$(esx "vim-cmd vmsvc/message $1")
	question=$(echo "$message" | sed -n 's/^Virtual machine message \([0-9]*\):.*/\1/p')
	if [ -n "$question" ]; then
		say "answering question $question with 0"
		esx "vim-cmd vmsvc/message $1 $question 0"
	fi
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

unregister_invalid
number=$(number_of_vm)
if [ -z "$number" ]; then
	say "$folder is not in the inventory of $vmk"
	exit 0
fi

# In order first. A guest that does not follow in four minutes is switched off, and so is one that has lost its disk.
esx "vim-cmd vmsvc/power.shutdown $number"
tries=50
until is_off "$number"; do
	tries=$((tries - 1))
	if [ "$tries" -eq 0 ]; then
		say "$folder does not stop on $vmk"
		exit 1
	fi
	answer_question "$number"
	if [ "$tries" -le 10 ]; then
		say "$folder does not shut down: it is switched off"
		esx "vim-cmd vmsvc/power.off $number"
	elif ! storage_is_there; then
		say "$DATASTORE is lost on $vmk ($vmhba): $folder is switched off"
		esx "vim-cmd vmsvc/power.off $number"
	fi
	sleep 6
done

esx "vim-cmd vmsvc/unregister $number"
say "$folder is off and unregistered on $vmk"
