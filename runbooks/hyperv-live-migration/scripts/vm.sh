# What vm-start.sh and vm-stop.sh share: it lies beside them on both EC VMs, and is read by them.

set -uo pipefail

VM='%%VM%%'
CSV='%%CSV%%'
FIP='%%FIP%%'
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

# Sets `own` to the Hyper-V host under this EC VM; it ends the script where this server is none of the two.
find_own_host() {
	if ip address | grep -qF ' %%EC1%%/'; then
		own='%%HOST1%%'
	elif ip address | grep -qF ' %%EC2%%/'; then
		own='%%HOST2%%'
	else
		say 'This server has neither %%EC1%% nor %%EC2%%: wrong configuration'
		exit 1
	fi
}
