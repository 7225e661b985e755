#!/bin/bash
# start.sh of exec-%%VM%%: brings the VM to the Hyper-V host under this EC VM and starts it there.
#
# The mirrored disk and the target are here already. The host gets its disk back within half a minute; the failover cluster
# then hands over the shared volume, its first try after a failure being refused. A VM that runs on the other host moves while
# it runs, if the group was moved; after a failure it is taken over and started. Its values are in vm.sh beside it.

. "${0%/*}/vm.sh" || exit 1

# Tries a line again until it succeeds, for five minutes.
insist() {
	local try output
	for ((try = 1; try <= TRIES; try++)); do
		if output=$(on_host "$own" "$2"); then
			say "$1: done"
			return 0
		fi
		say "$1: not yet ($try): $(echo "$output" | grep -v '^ *$' | head -1)"
		sleep "$PAUSE"
	done
	say "$1: failed"
	return 1
}

find_own_host

own_name=$(word_from "$own" hostname)
if [ -z "$own_name" ]; then
	say "$own does not answer"
	exit 1
fi

for ((try = 1; ; try++)); do
	if on_host "$own" '(Get-IscsiConnection).TargetAddress' | grep -qxF "$FIP"; then
		say "$own_name is connected to $FIP"
		break
	fi
	if ((try == TRIES)); then
		say "$own_name was not connected to $FIP in time"
		exit 1
	fi
	sleep "$PAUSE"
done

insist "$CSV comes to $own_name" "Move-ClusterSharedVolume -Name '$CSV' -Node $own_name" || exit 1
insist "$CSV goes online" "Start-ClusterResource -Name '$CSV'" || exit 1
insist "The configuration of $VM goes online" "Start-ClusterResource -Name 'Virtual Machine Configuration $VM'" || exit 1

owner=$(word_from "$own" "(Get-ClusterGroup -Name '$VM').OwnerNode.Name")
state=$(word_from "$own" "(Get-ClusterGroup -Name '$VM').State")
say "$VM is $state on $owner"

# Somebody moved the group and the VM runs: it shall not notice. Else there is nothing running that could move.
if [ "${owner,,}" != "${own_name,,}" ]; then
	kind=Quick
	if [ "${CLP_EVENT:-START}" = START ] && [ "$state" = Online ]; then
		kind=Live
	fi
	if [ "$state" = Failed ]; then
		on_host "$own" "Stop-ClusterResource -Name 'Virtual Machine $VM'"
	fi
	# The other host may need longer to give up a VM than to die: then the VM still counts as running, and only a live move works.
	if ! on_host "$own" "Move-ClusterVirtualMachineRole -Name '$VM' -Node $own_name -MigrationType $kind"; then
		say "$kind migration of $VM failed"
		if [ "$kind" = Live ] || ! on_host "$own" "Move-ClusterVirtualMachineRole -Name '$VM' -Node $own_name -MigrationType Live"; then
			clplogcmd -m "$VM could not be moved to $own_name." -l ERR
			exit 1
		fi
	fi
	say "$VM came to $own_name by $kind migration"
	# Taken from a host that is dead, it may have come without it
	insist "The configuration of $VM is online on $own_name" "Start-ClusterResource -Name 'Virtual Machine Configuration $VM'" || exit 1
elif [ "$state" = Failed ]; then
	on_host "$own" "Stop-ClusterResource -Name 'Virtual Machine $VM'"
fi

# A VM whose disk was away may be critical for a while: running ones go on by themselves, others are started again.
for ((try = 1; try <= TRIES; try++)); do
	state=$(word_from "$own" "(Get-VM -Name '$VM').State")
	if [ "$state" = Running ]; then
		say "$VM runs on $own_name"
		exit 0
	fi
	case "$state" in
		PausedCritical | OffCritical | RunningCritical)
			say "$VM is $state; waiting for its disk"
			;;
		*)
			say "$VM is $state; starting it"
			on_host "$own" "Start-VM -Name '$VM'"
			;;
	esac
	sleep "$PAUSE"
done

clplogcmd -m "$VM did not start on $own_name." -l ERR
exit 1
