import {ask} from './helper.js';
import type {Place} from './session.js';
import type {Timing} from './timing.js';

/**
What became of a process group: `absent` before we came; gone after that signal; `alive` even so; or the host did not
answer us.
*/
export type Stopped = 'absent' | 'SIGTERM' | 'SIGKILL' | 'alive' | {readonly noAnswer: string};

/**
Ends a process group, with TERM and two seconds later with KILL, and looks whether it is gone.

On a channel of its own, because sshd before 9.8 ignores the protocol's signals for root (trap 4). No `--` before the
group's number: BusyBox does not take it.
*/
export async function stopGroup(place: Place, processId: string, timing: Timing): Promise<Stopped> {
	const reply = await ask(place, {script: stopScript, args: [processId], urgent: true}, timing);
	switch (reply.kind) {
		case 'notStarted':
			return {noAnswer: reply.reason};
		case 'lost':
			return {noAnswer: reply.evidence};
		case 'replied':
			return wordOf(reply.out.trim()) ?? {noAnswer: `${place.name} did not say whether the command has ended.`};
	}
}

function wordOf(text: string): Stopped | undefined {
	return (['absent', 'SIGTERM', 'SIGKILL', 'alive'] as const).find(word => word === text);
}

/**
A shell function `stop_group GROUP` for scripts of ours, which prints what became of the group; and `lives GROUP`.

A dead process that nobody has collected still answers `kill -0`, so where there is a /proc we look at the states. Some
hosts' `sleep` knows whole seconds only.
*/
export const stopGroupFunction = `
answers() { kill -0 -"$1" 2>/dev/null || kill -0 "$1" 2>/dev/null; }
lives() {
	answers "$1" || return 1
	[ -r /proc/self/stat ] || return 0
	for f in /proc/[0-9]*/stat; do
		stat=
		{ read -r stat <"$f"; } 2>/dev/null
		set -- "$1" \${stat##*) }
		[ "$4" = "$1" ] && [ "$2" != Z ] && [ "$2" != X ] && return 0
	done
	return 1
}
waitfor() {
	tenths=0
	while lives "$1" && [ "$tenths" -lt 20 ]; do
		if sleep 0.1 2>/dev/null; then tenths=$((tenths + 1)); else sleep 1; tenths=$((tenths + 10)); fi
	done
}
stop_group() {
	lives "$1" || { echo absent; return; }
	kill -TERM -"$1" 2>/dev/null || kill -TERM "$1" 2>/dev/null
	waitfor "$1"
	lives "$1" || { echo SIGTERM; return; }
	kill -KILL -"$1" 2>/dev/null || kill -KILL "$1" 2>/dev/null
	waitfor "$1"
	if lives "$1"; then echo alive; else echo SIGKILL; fi
}
`;

const stopScript = `${stopGroupFunction}
stop_group "$1"
`;
