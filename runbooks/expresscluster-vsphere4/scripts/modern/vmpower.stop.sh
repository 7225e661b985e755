#!/bin/bash
# Stop script of exec-vm where the cluster runs in a VM on ESXi 5 or later: shuts the protected VM down and takes it out of the
# inventory of the ESXi host under this server. Exit 0: the other server may have it.

vmx='%%VMX%%'
# The ESXi host under this server, which knows root's key of this server
if ip address | grep -q 'inet %%SERVER1%%/'; then
	esxi='%%ESXI1%%'
else
	esxi='%%ESXI2%%'
fi

tries=100
interval=5
patience=60

vm=$(basename "$vmx" .vmx)

log() {
	echo "$(date '+%Y/%m/%d %H:%M:%S') [$1] [$vm] $2"
}

vim() {
	ssh -n -o BatchMode=yes -o ConnectTimeout=10 "root@$esxi" "vim-cmd $*" 2>&1
}

vmid() {
	vim vmsvc/getallvms | awk -v file="$(basename "$(dirname "$vmx")")/$(basename "$vmx")" '
		/^[0-9]/ && index($0, "] " file) {print $1; exit}'
}

is_off() {
	vim "vmsvc/power.getstate $id" | grep -q '^Powered off'
}

for invalid in $(vim vmsvc/getallvms | sed -n "s/^Skipping invalid VM '\([0-9]*\)'.*/\1/p"); do
	log W "unregisters the invalid VM $invalid"
	vim "vmsvc/unregister $invalid"
done

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
