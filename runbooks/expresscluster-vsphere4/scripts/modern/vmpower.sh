# What vmpower.start.sh and vmpower.stop.sh share: it lies beside them on both servers, and is read by them.

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

# The number of the VM in the inventory there; the file column has `[label] vm1/vm1.vmx`
vmid() {
	vim vmsvc/getallvms | awk -v file="$(basename "$(dirname "$vmx")")/$(basename "$vmx")" '
		/^[0-9]/ && index($0, "] " file) {print $1; exit}'
}

# A VM that is in the inventory and cannot be read stands in the way of itself
unregister_invalid() {
	for invalid in $(vim vmsvc/getallvms | sed -n "s/^Skipping invalid VM '\([0-9]*\)'.*/\1/p"); do
		log W "unregisters the invalid VM $invalid"
		vim "vmsvc/unregister $invalid"
	done
}
