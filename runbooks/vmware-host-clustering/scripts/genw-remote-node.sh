#!/bin/sh
# genw.sh of the monitor genw-remote-node: brings the other EC VM back when the cluster has lost it.
# Its cluster service is started if it answers; if it does not, and its ESXi host does, the EC VM is powered on there.
# Runs on both EC VMs, always. iscsi-cluster.md fills the six values in.

VMADN1='%%VMADN1%%'
VMADN2='%%VMADN2%%'
VMA1='%%VMA1%%'
VMA2='%%VMA2%%'
VMK1='%%VMK1%%'
VMK2='%%VMK2%%'

set -u

say() {
	echo "$(date '+%Y-%m-%d %H:%M:%S') genw-remote-node: $*"
}

# The state of the server that is not this one: a line with four blanks, where this server has a star in the fourth place.
state_of_other() {
	clpstat | sed -n -e '/<group>/q' -e "s/^    $1 [. ]*: *\([A-Z][A-Za-z ]*[a-z]\) *$/\1/p"
}

answers() {
	ping -c 1 -W 2 "$1" >/dev/null 2>&1
}

if ip address | grep -qF " $VMA1/"; then
	other=$VMADN2
	address=$VMA2
	vmk=$VMK2
elif ip address | grep -qF " $VMA2/"; then
	other=$VMADN1
	address=$VMA1
	vmk=$VMK1
else
	say "neither $VMA1 nor $VMA2 is an address of this server"
	exit 1
fi

# Twice, because a server that is only just starting is Offline for a moment too.
if [ "$(state_of_other "$other")" != Offline ]; then
	exit 0
fi
sleep 10
if [ "$(state_of_other "$other")" != Offline ]; then
	exit 0
fi

if answers "$address"; then
	say "$other answers: its cluster service is started"
	clpcl -s -h "$other"
	exit 0
fi

if ! answers "$vmk"; then
	say "neither $other nor its host $vmk answers"
	exit 0
fi

esx() {
	ssh -n -o BatchMode=yes -o ConnectTimeout=10 "root@$vmk" "$1" 2>&1
}

number=$(esx 'vim-cmd vmsvc/getallvms' | awk -v name="$other" '$2 == name {print $1; exit}')
if [ -z "$number" ]; then
	say "$vmk does not know a VM $other, or does not tell"
	exit 0
fi
if esx "vim-cmd vmsvc/power.getstate $number" | grep -q 'Powered off'; then
	say "$other is powered on on $vmk"
	esx "vim-cmd vmsvc/power.on $number"
fi
exit 0
