#!/bin/bash
# genw.sh of genw-%%VM%%: 0 as long as the VM runs on the Hyper-V host under this EC VM and Hyper-V hears it.

set -uo pipefail

VM='%%VM%%'
ACCOUNT='%%ACCOUNT%%'

say() {
	echo "$(date '+%Y-%m-%d %H:%M:%S') $*"
}

# What one line of PowerShell says on a Hyper-V host. The status is 0 unless the line fails.
on_host() {
	ssh -n -i /root/.ssh/id_rsa -o BatchMode=yes -o ConnectTimeout=10 -l "$ACCOUNT" "$1" \
		"powershell -NoProfile -NonInteractive -Command \"Set-Variable ProgressPreference SilentlyContinue; Set-Variable ErrorActionPreference Stop; $2\"" 2>&1 | tr -d '\r' | grep -v '^ *$'
}

if ip address | grep -qF ' %%EC1%%/'; then
	own='%%HOST1%%'
elif ip address | grep -qF ' %%EC2%%/'; then
	own='%%HOST2%%'
else
	say 'This server has neither %%EC1%% nor %%EC2%%: wrong configuration'
	exit 1
fi

if ! status=$(on_host "$own" "(Get-VM -Name '$VM').Status"); then
	say "$VM was not found on $own: $(echo "$status" | head -1)"
	exit 1
fi
if ! echo "$status" | grep -qx 'Operating normally *'; then
	say "$VM: $status"
	exit 1
fi

state=$(on_host "$own" "(Get-VM -Name '$VM').State")
if ! echo "$state" | grep -qx 'Running *'; then
	say "$VM is $state"
	exit 1
fi
