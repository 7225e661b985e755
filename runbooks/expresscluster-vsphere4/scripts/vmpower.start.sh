#!/bin/bash
# Start script of exec-vm, on the service console of ESX 4: registers the virtual machine here and powers it on.
# Exit 0: it runs. Anything else: the cluster tries the other server.

# As `vmware-cmd -l` prints it: by the UUID of its volume, not by its label
vmx='%%VMX%%'

# How long `start` may take before somebody looks why (seconds)
start_timeout=10
# How often, and how many seconds apart, it is asked whether it is on by now
tries=100
interval=1

vm=$(basename "$vmx" .vmx)

log() {
	echo "$(date '+%Y/%m/%d %H:%M:%S') [$1] [$vm] $2"
}

state() {
	vmware-cmd "$vmx" getstate 2>&1 | sed -n 's/^getstate() = //p'
}

is_registered() {
	vmware-cmd -l | grep -qxF "$vmx"
}

# ESX 4 says nothing when it has registered a machine, its relatives say `register(...) = 1`. So the inventory is asked, not the output.
register() {
	if is_registered; then
		log I 'is registered here already'
		return 0
	fi

	said=$(vmware-cmd -s register "$vmx" 2>&1)
	if is_registered; then
		log I 'registered'
		return 0
	fi

	log E "could not be registered: $said"
	return 1
}

# Only the question that is known is answered: the machine was moved here on purpose, so it keeps its identity. The number of that
# answer stands in the question; where none is printed in time it is 1, as on ESX 4.0.
answer_moved() {
	question=$(mktemp)
	{
		sleep 2
		if [ -s "$question" ]; then
			sed -n 's/^[^0-9]*\([0-9][0-9]*\)[).] *I _*[Mm]oved.*/\1/p' "$question" | head -n 1
		else
			echo 1
		fi
	} | vmware-cmd "$vmx" answer >"$question" 2>&1
	log I "was asked: $(tr '\n' ' ' <"$question")"
	rm -f "$question"
	if [ "$(state)" = stuck ]; then
		log E 'is still stuck: answer its question in the vSphere Client'
		return 1
	fi

	log I 'is no longer stuck'
}

power_on() {
	output=$(mktemp)
	vmware-cmd "$vmx" start >"$output" 2>&1 &
	starting=$!
	waited=0
	while kill -0 "$starting" 2>/dev/null && [ "$waited" -lt "$start_timeout" ]; do
		sleep 1
		waited=$((waited + 1))
	done
	said=$(cat "$output")
	rm -f "$output"
	if [ "$said" = 'start() = 1' ]; then
		log I 'started'
	else
		# It asks something, or the host makes sure first that a dead one no longer has the disk: whoever waits for it will see
		log W "start said within $waited s: ${said:-nothing}"
	fi
}

wait_until_on() {
	tried=0
	while [ "$tried" -lt "$tries" ]; do
		case $(state) in
		on)
			log I "is on, after $tried tries"
			return 0
			;;
		stuck)
			answer_moved || return 1
			;;
		esac
		tried=$((tried + 1))
		sleep "$interval"
	done
	log E "is not on after $tries tries: $(state)"
	return 1
}

register || exit 1
if [ "$(state)" = on ]; then
	log I 'is on already'
	exit 0
fi

power_on
wait_until_on
