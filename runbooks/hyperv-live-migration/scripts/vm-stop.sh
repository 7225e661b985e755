#!/bin/bash
# stop.sh of exec-%%VM%%: shuts the VM down and releases the shared volume, before the mirrored disk goes away.
#
# When somebody moves the group it does nothing: the VM goes on running, its disk comes back on the other EC VM, and
# vm-start.sh there moves it while it runs.

set -uo pipefail

VM='%%VM%%'
CSV='%%CSV%%'
ACCOUNT='%%ACCOUNT%%'
TRIES=50
PAUSE=6

say() {
	echo "$(date '+%Y-%m-%d %H:%M:%S') $*"
}

# Runs one line of PowerShell on a Hyper-V host and prints what it says. The status is 0 unless the line fails. No `$` in the
# line: where the host's own shell is PowerShell it would be filled in too early.
on_host() {
	ssh -n -i /root/.ssh/id_rsa -o BatchMode=yes -o ConnectTimeout=10 -l "$ACCOUNT" "$1" \
		"powershell -NoProfile -NonInteractive -Command \"Set-Variable ProgressPreference SilentlyContinue; Set-Variable ErrorActionPreference Stop; $2\"" 2>&1 | tr -d '\r'
}

# The last word of what the line prints: a name or a state stands alone on its line.
word_from() {
	on_host "$1" "$2" | awk 'NF > 0 {word = $NF} END {print word}'
}

if [ "${CLP_FACTOR:-}" = GROUPMOVE ]; then
	say "The group moves: $VM stays as it is"
	exit 0
fi

if ip address | grep -qF ' %%EC1%%/'; then
	own='%%HOST1%%'
elif ip address | grep -qF ' %%EC2%%/'; then
	own='%%HOST2%%'
else
	say 'This server has neither %%EC1%% nor %%EC2%%: wrong configuration'
	exit 1
fi

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
