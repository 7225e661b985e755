#!/bin/bash
# genw.sh of genw-remote-node: keeps the other EC VM in the cluster. It runs where the mirrored disk is active, and always ends
# with 0: what it finds, it mends itself.
#
# The other server offline, seen twice in ten seconds: if its VM answers, the cluster is started on it; else, if its host
# answers, the VM is.

set -uo pipefail

ACCOUNT='%%ACCOUNT%%'

say() {
	echo "$(date '+%Y-%m-%d %H:%M:%S') $*"
}

if ip address | grep -qF ' %%EC1%%/'; then
	other='%%EC2%%'
	other_host='%%HOST2%%'
	other_vm='%%VM2%%'
elif ip address | grep -qF ' %%EC2%%/'; then
	other='%%EC1%%'
	other_host='%%HOST1%%'
	other_vm='%%VM1%%'
else
	say 'This server has neither %%EC1%% nor %%EC2%%: wrong configuration'
	exit 0
fi

# Name and state of the server that is not this one, as clpstat has them: this one has a star before its name.
#
# > |     ec2 .............: Offline
other_server() {
	clpstat | sed -n -e '/<group>/q' -e 's/^    \([^ *][^ *]*\) [^:]*: \([^ ]*\).*/\1 \2/p' | tail -1
}

for look in 1 2; do
	read -r name state <<<"$(other_server)"
	if [ "${state:-}" != Offline ]; then
		exit 0
	fi
	if ((look == 1)); then
		sleep 10
	fi
done

if ping -c 1 -W 2 "$other" >/dev/null; then
	say "$name is up and its cluster is not: starting the cluster"
	clpcl -s -h "$name"
elif ping -c 1 -W 2 "$other_host" >/dev/null; then
	say "$name is off and its host is up: starting the VM $other_vm"
	ssh -n -i /root/.ssh/id_rsa -o BatchMode=yes -o ConnectTimeout=10 -l "$ACCOUNT" "$other_host" \
		"powershell -NoProfile -NonInteractive -Command \"Set-Variable ProgressPreference SilentlyContinue; Start-VM -Name '$other_vm'\""
else
	say "$name and its host are off"
fi
exit 0
