#!/bin/sh
# genw.sh of the monitor genw-md: a mirror that is broken on the active side is made whole again.
# Runs where the mirror disk is active.

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
		# The good data is over there. Making this side the master would throw it away; that is for a person to say.
		echo "genw-md: $MD is active on the side with the old data"
		exit 1
		;;
	'RED '*)
		echo "genw-md: $MD is RED here and not GREEN there: this side becomes the master"
		printf 'y\ny\n' | clpmdctrl -f "$MD"
		;;
esac
