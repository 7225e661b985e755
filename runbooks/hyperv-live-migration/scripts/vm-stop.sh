#!/bin/bash
# stop.sh of exec-%%VM%%: shuts the VM down and releases the shared volume, before the mirrored disk goes away.
#
# When somebody moves the group it does nothing: the VM goes on running, its disk comes back on the other EC VM, and
# vm-start.sh there moves it while it runs. Its values are in vm.sh beside it.

. "${0%/*}/vm.sh" || exit 1

if [ "${CLP_FACTOR:-}" = GROUPMOVE ]; then
	say "The group moves: $VM stays as it is"
	exit 0
fi

find_own_host

if [ "$(word_from "$own" "(Get-ClusterGroup -Name '$VM').State")" != Offline ]; then
	say "Stopping $VM"
	on_host "$own" "Stop-VM -Name '$VM' -Force"
fi

for ((try = 1; try <= TRIES; try++)); do
	state=$(word_from "$own" "(Get-ClusterGroup -Name '$VM').State")
	# The configuration of a stopped VM is still online, and the group partly so.
	if [ "$state" = Offline ] || [ "$state" = PartialOnline ]; then
		break
	fi
	if ((try == TRIES)); then
		say "$VM is still $state"
		exit 1
	fi
	sleep "$PAUSE"
done

on_host "$own" "Stop-ClusterResource -Name 'Virtual Machine Configuration $VM'" || exit 1
on_host "$own" "Stop-ClusterResource -Name '$CSV'" || exit 1
say "$VM is off and $CSV is released"
