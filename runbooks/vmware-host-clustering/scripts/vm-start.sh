#!/bin/sh
# start.sh of a protected VM's exec resource: the VM runs on the ESXi host under the EC VM that runs this script.
# Both EC VMs have the same file. Its values, and what it shares with stop.sh, are in vm.sh beside it.

. "${0%/*}/vm.sh" || exit 1

is_on() {
	esx "vim-cmd vmsvc/power.getstate $1" | grep -q 'Powered on'
}

# A VM whose files were registered anew asks whether it was moved. It was; which answer says so differs between releases.
answer_question() {
	message=$(esx "vim-cmd vmsvc/message $1")
	question=$(echo "$message" | sed -n 's/^Virtual machine message \([0-9]*\):.*/\1/p')
	choice=$(echo "$message" | sed -n 's/^ *\([0-9][0-9]*\)\. .*[Mm]oved.*/\1/p' | head -n 1)
	if [ -n "$question" ] && [ -n "$choice" ]; then
		say "answering question $question with $choice: it was moved"
		esx "vim-cmd vmsvc/message $1 $question $choice"
	fi
}

unregister_invalid
number=$(number_of_vm)
if [ -n "$number" ] && is_on "$number"; then
	say "$folder is on already"
	exit 0
fi

# The target has only just come up on this side. Five minutes are enough for it, and a fault must end.
tries=100
until storage_is_there; do
	tries=$((tries - 1))
	if [ "$tries" -eq 0 ]; then
		say "the datastore $DATASTORE has no active path on $vmk"
		exit 1
	fi
	esx "esxcli storage core adapter rescan --adapter=$vmhba"
	sleep 3
done

# It prints the number; a VM that is registered already gives its number in the fault; some releases print nothing.
answer=$(esx "vim-cmd solo/registervm '$VMX'")
number=$(echo "$answer" | sed -n -e 's/^\([0-9][0-9]*\)$/\1/p' -e "s/.*identifier '\([0-9][0-9]*\)' already exists.*/\1/p" | head -n 1)
if [ -z "$number" ]; then
	number=$(number_of_vm)
fi
if [ -z "$number" ]; then
	say "$VMX cannot be registered on $vmk: $answer"
	exit 1
fi

# While a question is open, power.on does not return: it is left behind, and the VM is looked at instead.
said=/tmp/vm-start.$$
esx "vim-cmd vmsvc/power.on $number" >"$said" &
tries=30
while [ "$tries" -gt 0 ]; do
	if is_on "$number"; then
		say "$folder is on on $vmk"
		rm -f "$said"
		exit 0
	fi
	if grep -q 'Power on failed' "$said"; then
		break
	fi
	answer_question "$number"
	sleep 3
	tries=$((tries - 1))
done
say "$folder does not start on $vmk: $(cat "$said")"
rm -f "$said"
exit 1
