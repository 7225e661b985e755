#!/bin/sh
# start.sh of exec-md-recovery, which is activated right before the mirror disk: after a crash of both servers neither side
# is known to be good, and the mirror disk would not start anywhere. Then this side becomes the master.

MD=md-iscsi

set -u

# "GREEN RED": this server's colour, then the other one's. The line above names the servers in the order of the colours.
colours() {
	clpmdstat -m "$MD" | awk -v md="$MD" -v me="$(hostname | cut -d . -f 1)" '
		$1 == md {is_swapped = ($3 == me)}
		/Mirror Color/ {print is_swapped ? $4 " " $3 : $3 " " $4; exit}'
}

case $(colours) in
	'RED GREEN')
		# The other side is good. Failing here lets the group start there.
		echo "exec-md-recovery: $MD is RED here and GREEN there"
		exit 1
		;;
	'RED RED' | 'RED GRAY')
		echo "exec-md-recovery: neither side of $MD is known to be good: this side becomes the master"
		printf 'y\ny\n' | clpmdctrl -f "$MD"
		;;
esac
