# Who is who in a vSphere HA cluster, read from the shared datastore. To be sourced: . ha.sh
# Changes nothing. Works on any host of the cluster that gets to the datastore.

# The HA id of the host that holds the lock of a file; nothing where nobody does
# $1: the file
holder() {
	mac=$(vmkfstools -D "$1" 2>/dev/null | sed -n 's/.*owner [0-9a-f]*-[0-9a-f]*-[0-9a-f]*-\([0-9a-f]*\).*/\1/p')
	if [ -z "$mac" ] || [ "$mac" = 000000000000 ]; then
		return 0
	fi
	/opt/vmware/fdm/fdm/prettyPrint.sh hostlist | sed 's/[: ]//g' | awk -v mac="<mac>$mac</mac>" '
		/<hostId>/ {id = $0}
		$0 == mac {gsub(/<[^>]*>/, "", id); print id; exit}'
}

# The master: it holds the list of protected VMs
# $1: a heartbeat datastore
master() {
	holder "$(ls -d /vmfs/volumes/"$1"/.vSphere-HA/FDM-*/protectedlist | head -n 1)"
}

# Where a VM runs: that host holds its disk
# $1: its vmx
runs_on() {
	holder "${1%.vmx}-flat.vmdk"
}

# The lines of the agent's log from an instant on
# $1: 2026-01-15T09:00:00
log_since() {
	awk -v since="$1" '$1 >= since' /var/log/fdm.log
}
