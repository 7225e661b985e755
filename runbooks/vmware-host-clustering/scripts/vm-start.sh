#!/bin/sh
# start.sh of a protected VM's exec resource: the VM runs on the ESXi host under the EC VM that runs this script.
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
	echo "$(date '+%Y-%m-%d %H:%M:%S') vm-start: $*"
}

# One command on the ESXi host below. Without -n it would read what this script is fed with.
esx() {
	ssh -n -o BatchMode=yes -o ConnectTimeout=10 "root@$vmk" "$1" 2>&1
}

# The VM's number in the inventory; nothing if it is not registered. The folder tells which VM it is, not the name.
number_of_vm() {
	esx 'vim-cmd vmsvc/getallvms' | awk -v file="] $folder/$vmx_file " 'index($0, file) {print $1; exit}'
}

is_on() {
	esx "vim-cmd vmsvc/power.getstate $1" | grep -q 'Powered on'
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

# A VM whose files were registered anew asks whether it was moved. It was; which answer says so differs between releases.
answer_question() {
	message=$(esx "vim-cmd vmsvc/message $1")
	question=$(echo "$message" | sed -n 's/^Virtual machine message \([0-9]*\):.*/\1/p')
	choice=$(echo "$message" | sed -n 's/^ *\([0-9][0-9]*\)\. .*[Mm]oved.*/\1/p' | head -n 1)
	if [ -n "$question" ] && [ -n "$choice" ]; then
		say "answering question $question with $choice: it was moved"
		esx "vim-cmd vmsvc/message $1 $question $choice"
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
if [ -n "$number" ] && is_on "$number"; then
	say "$folder is on already"
	exit 0
fi

# The target has only just come up on this side. Five minutes are enough for it, and a fault must end.
tries=100
until storage_is_there; do
	tries=$((tries - 1))
	if [ "$tries" -eq 0 ]; then
		say "the datastore $DATASTORE has no active path on $vmk"
		exit 1
	fi
	esx "esxcli storage core adapter rescan --adapter=$vmhba"
	sleep 3
done

# It prints the number; a VM that is registered already gives its number in the fault; some releases print nothing.
answer=$(esx "vim-cmd solo/registervm '$VMX'")
number=$(echo "$answer" | sed -n -e 's/^\([0-9][0-9]*\)$/\1/p' -e "s/.*identifier '\([0-9][0-9]*\)' already exists.*/\1/p" | head -n 1)
if [ -z "$number" ]; then
	number=$(number_of_vm)
fi
if [ -z "$number" ]; then
	say "$VMX cannot be registered on $vmk: $answer"
	exit 1
fi

# While a question is open, power.on does not return: it is left behind, and the VM is looked at instead.
said=/tmp/vm-start.$$
esx "vim-cmd vmsvc/power.on $number" >"$said" &
tries=30
while [ "$tries" -gt 0 ]; do
	if is_on "$number"; then
		say "$folder is on on $vmk"
		rm -f "$said"
		exit 0
	fi
	if grep -q 'Power on failed' "$said"; then
		break
	fi
	answer_question "$number"
	sleep 3
	tries=$((tries - 1))
done
say "$folder does not start on $vmk: $(cat "$said")"
rm -f "$said"
exit 1
