#!/bin/sh
# stop.sh of a protected VM's exec resource: the VM is off and gone from the inventory of the ESXi host under this EC VM.
# Both EC VMs have the same file. Its values, and what it shares with start.sh, are in vm.sh beside it.

. "${0%/*}/vm.sh" || exit 1

is_off() {
	esx "vim-cmd vmsvc/power.getstate $1" | grep -q 'Powered off'
}

# A VM that lost its disk asks what to do, and nothing else is possible until it is told. The first answer lets it go.
answer_question() {
	message=$(esx "vim-cmd vmsvc/message $1")
	question=$(echo "$message" | sed -n 's/^Virtual machine message \([0-9]*\):.*/\1/p')
	if [ -n "$question" ]; then
		say "answering question $question with 0"
		esx "vim-cmd vmsvc/message $1 $question 0"
	fi
}

unregister_invalid
number=$(number_of_vm)
if [ -z "$number" ]; then
	say "$folder is not in the inventory of $vmk"
	exit 0
fi

# In order first. A guest that does not follow in four minutes is switched off, and so is one that has lost its disk.
esx "vim-cmd vmsvc/power.shutdown $number"
tries=50
until is_off "$number"; do
	tries=$((tries - 1))
	if [ "$tries" -eq 0 ]; then
		say "$folder does not stop on $vmk"
		exit 1
	fi
	answer_question "$number"
	if [ "$tries" -le 10 ]; then
		say "$folder does not shut down: it is switched off"
		esx "vim-cmd vmsvc/power.off $number"
	elif ! storage_is_there; then
		say "$DATASTORE is lost on $vmk ($vmhba): $folder is switched off"
		esx "vim-cmd vmsvc/power.off $number"
	fi
	sleep 6
done

esx "vim-cmd vmsvc/unregister $number"
say "$folder is off and unregistered on $vmk"
