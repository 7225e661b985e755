#!/bin/bash
# Start script of exec-vm where the cluster runs in a VM on ESXi 5 or later: registers the protected VM on the ESXi host under this
# server and powers it on. Exit 0: it runs. What it shares with the stop script is in vmpower.sh beside it.

. "${0%/*}/vmpower.sh" || exit 1

# How often, and how many seconds apart, it is asked whether it is on by now; each look takes two or three seconds more
tries=20
interval=3

is_on() {
	vim "vmsvc/power.getstate $id" | grep -q '^Powered on'
}

unregister_invalid

id=$(vmid)
if [ -z "$id" ]; then
	said=$(vim "solo/registervm '$vmx'")
	id=$(vmid)
	if [ -z "$id" ]; then
		log E "could not be registered: $said"
		exit 1
	fi

	log I "registered as $id"
fi

if is_on; then
	log I 'is on already'
	exit 0
fi

# Only the question that is known is answered: the machine was moved here on purpose, so it keeps its identity
answer_question() {
	message=$(vim "vmsvc/message $id")
	case $message in
	*'moved or copied'*)
		question=$(echo "$message" | sed -n 's/^Virtual machine message \([0-9]*\):.*/\1/p')
		answer=$(echo "$message" | sed -n 's/^\([0-9][0-9]*\)\. I _*[Mm]oved.*/\1/p' | head -n 1)
		log I "answers $answer to question $question: it was moved here"
		vim "vmsvc/message $id $question $answer"
		;;
	*'No message'*) ;;
	*)
		log E "asks what nobody here can answer: $message"
		return 1
		;;
	esac
}

# `power.on` does not come back while a question is pending. Where a dead host still has the lock, the question comes late
vim "vmsvc/power.on $id" >/dev/null &
tried=0
while [ "$tried" -lt "$tries" ]; do
	sleep "$interval"
	answer_question || exit 1
	if is_on; then
		log I "is on, after $tried tries"
		exit 0
	fi

	tried=$((tried + 1))
done
log E "is not on after $tries tries"
exit 1
