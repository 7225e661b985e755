#!/bin/bash
# Stop script of exec-vm, on the service console of ESX 4: shuts the virtual machine down and takes it out of the inventory.
# Exit 0: it is off and no longer registered here, so that the other server may have it.

# As `vmware-cmd -l` prints it: by the UUID of its volume, not by its label
vmx='%%VMX%%'

# How often, and how many seconds apart, it is asked whether it is off by now
tries=100
interval=5
# After so many of them the guest has had its time, and the power is cut
patience=60

vm=$(basename "$vmx" .vmx)

log() {
	echo "$(date '+%Y/%m/%d %H:%M:%S') [$1] [$vm] $2"
}

state() {
	vmware-cmd "$vmx" getstate 2>&1 | sed -n 's/^getstate() = //p'
}

is_registered() {
	vmware-cmd -l | grep -qxF "$vmx"
}

# $1: soft, which asks the guest and wants VMware Tools in it, or hard
power_off() {
	said=$(vmware-cmd "$vmx" stop "$1" 2>&1)
	case $said in
	"stop($1) = 1" | '')
		log I "stop $1 was accepted"
		;;
	*)
		log W "stop $1 was refused: $said"
		return 1
		;;
	esac
}

wait_until_off() {
	tried=0
	while [ "$tried" -lt "$tries" ]; do
		case $(state) in
		off | suspended)
			log I "is off, after $tried tries"
			return 0
			;;
		esac
		tried=$((tried + 1))
		if [ "$tried" -eq "$patience" ]; then
			log W 'the guest does not stop'
			power_off hard
		fi
		sleep "$interval"
	done
	log E "is not off after $tries tries: $(state)"
	return 1
}

unregister() {
	said=$(vmware-cmd -s unregister "$vmx" 2>&1)
	if is_registered; then
		log E "could not be unregistered: $said"
		return 1
	fi

	log I 'unregistered'
}

if ! is_registered; then
	log I 'is not registered here'
	exit 0
fi

case $(state) in
on)
	power_off soft || power_off hard || exit 1
	wait_until_off || exit 1
	;;
stuck)
	# It waits for an answer and hears nothing else
	power_off hard || exit 1
	wait_until_off || exit 1
	;;
esac
unregister
