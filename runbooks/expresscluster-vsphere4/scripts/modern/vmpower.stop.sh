#!/bin/bash
# Stop script of exec-vm where the cluster runs in a VM on ESXi 5 or later: shuts the protected VM down and takes it out of the
# inventory of the ESXi host under this server. Exit 0: the other server may have it. What it shares with the start script is in
# vmpower.sh beside it.

. "${0%/*}/vmpower.sh" || exit 1

tries=100
interval=5
patience=60

is_off() {
	vim "vmsvc/power.getstate $id" | grep -q '^Powered off'
}

unregister_invalid

id=$(vmid)
if [ -z "$id" ]; then
	log I 'is not registered here'
	exit 0
fi

if ! is_off; then
	# Without VMware Tools the guest cannot be asked
	said=$(vim "vmsvc/power.shutdown $id")
	if [ -n "$said" ]; then
		log W "shutdown was refused: $said"
		vim "vmsvc/power.off $id"
	fi

	tried=0
	until is_off; do
		tried=$((tried + 1))
		if [ "$tried" -eq "$patience" ]; then
			log W 'the guest does not stop'
			vim "vmsvc/power.off $id"
		fi

		if [ "$tried" -ge "$tries" ]; then
			log E "is not off after $tries tries"
			exit 1
		fi

		sleep "$interval"
	done
	log I "is off, after $tried tries"
fi

vim "vmsvc/unregister $id"
if [ -n "$(vmid)" ]; then
	log E 'could not be unregistered'
	exit 1
fi

log I 'unregistered'
