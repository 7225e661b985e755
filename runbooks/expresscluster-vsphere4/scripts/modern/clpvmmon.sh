#!/bin/bash
# genw.sh of the custom monitor genw-vm where the cluster runs in a VM on ESXi 5 or later: looks at the protected VM once.
# Exit 0: it is on, and its guest is well as far as it says. 1: it is off, gone or stalled.

vmx='%%VMX%%'
# The ESXi host under this server, which knows root's key of this server
if ip address | grep -q 'inet %%SERVER1%%/'; then
	esxi='%%ESXI1%%'
else
	esxi='%%ESXI2%%'
fi

vm=$(basename "$vmx" .vmx)

log() {
	echo "$(date '+%Y/%m/%d %H:%M:%S') [$1] [$vm] $2"
}

vim() {
	ssh -n -o BatchMode=yes -o ConnectTimeout=10 "root@$esxi" "vim-cmd $*" 2>&1
}

id=$(vim vmsvc/getallvms | awk -v file="$(basename "$(dirname "$vmx")")/$(basename "$vmx")" '
	/^[0-9]/ && index($0, "] " file) {print $1; exit}')
if [ -z "$id" ]; then
	log E 'is not registered there'
	exit 1
fi

case $(vim "vmsvc/get.summary $id" | sed -n 's/.*guestHeartbeatStatus = "\([a-z]*\)".*/\1/p') in
green | yellow)
	exit 0
	;;
red)
	log E 'is stalled: its heartbeat has stopped'
	exit 1
	;;
esac

# Gray: the guest is booting, or has no VMware Tools. Only its power can be judged.
if vim "vmsvc/power.getstate $id" | grep -q '^Powered on'; then
	exit 0
fi

log E 'is not on'
exit 1
