#!/bin/bash
# genw.sh of the custom monitor genw-vm, on the service console of ESX 4: looks at the virtual machine once.
# Exit 0: it is on, and its heartbeat goes on. 1: it is off, stuck or stalled.

# As `vmware-cmd -l` prints it: by the UUID of its volume, not by its label
vmx='%%VMX%%'

# Seconds between the two looks at the heartbeat. VMware Tools beat about once a second, but not to the second.
interval=5

vm=$(basename "$vmx" .vmx)

log() {
	echo "$(date '+%Y/%m/%d %H:%M:%S') [$1] [$vm] $2"
}

read_value() {
	vmware-cmd "$vmx" "$1" 2>&1 | sed -n "s/^$1() = //p"
}

is_on() {
	now=$(read_value getstate)
	if [ "$now" = on ]; then
		return 0
	fi

	log E "is ${now:-not registered here}"
	return 1
}

is_on || exit 1
before=$(read_value getheartbeat)
case $before in
'' | *[!0-9]*)
	log E 'its heartbeat cannot be read'
	exit 1
	;;
0)
	# The guest has not beaten since it was powered on: it is booting, or has no VMware Tools. Only its power can be judged.
	exit 0
	;;
esac

sleep "$interval"
is_on || exit 1
after=$(read_value getheartbeat)
if [ "$after" = "$before" ]; then
	log E "is stalled: its heartbeat stays at $before"
	exit 1
fi
