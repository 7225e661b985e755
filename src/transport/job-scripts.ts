import {quotePosix} from '../text/quote.js';
import {sha256Function} from './sha256.js';
import {stopGroupFunction} from './stop-group.js';

/*
What we run on a POSIX host for a job that is left to it. For dash, bash and BusyBox ash; the comments say what a line is
for where another one seems simpler. Facts behind it: a plain remote command dies at its next write once its link is
gone; a transfer that is cut feeds the beginning of a script to whoever reads it; mkdir and rename are atomic everywhere.

> | BASE/RUN/epoch.3              the highest lease that this host has seen of the run: a lower one starts nothing
> | BASE/RUN/boot.5c3f1a52-9be4…  a boot of the host in which the folder was there
> | BASE/RUN/used                 when the last job of the run began, in seconds since 1970
> | BASE/RUN/cleaned              its jobs were there, long ago
> | BASE/RUN/job.STEP.HOST.1.run  one job: its being there is the claim, which is never taken twice
> |   script                      the host checked its hash before it took the claim
> |   boot  pid  started          written and synced before the script begins; `pid` is `PROCESS STARTTIME GROUP`
> |   vetoed                      a look-up came before the script: it will never run
> |   out  err                    what it printed, up to a limit; `out.full` says that there was more
> |   rc                          its exit status; appears by rename, when all that it printed is in the files
> |   forgotten                   the run has its outcome: the rest is gone, and the claim stays
*/

/**
Sets `base` to the first folder for which the function `$1` says yes. It should survive a boot: on ESXi nearly all is in
memory, but /scratch leads to a datastore where the host has one for it, else into /tmp.
*/
const baseFunction = `
try_bases() {
	if [ -d /vmfs/volumes ]; then
		case $(readlink -f /scratch 2>/dev/null) in
			"" | /tmp/*) ;;
			*) base=/scratch/fieldbook/jobs; "$1" && return 0 ;;
		esac
		base=/tmp/fieldbook/jobs; "$1"
		return
	fi
	if [ -n "\${HOME-}" ]; then
		base=\${XDG_STATE_HOME:-\${HOME%/}/.local/state}/fieldbook/jobs; "$1" && return 0
	fi
	base=/var/tmp/fieldbook-jobs-$(id -u); "$1"
}
usable() { mkdir -p "$base/$run" 2>/dev/null && [ ! -L "$base" ] && [ -O "$base" ] && [ -w "$base/$run" ]; }
knows() { [ -d "$base/$run" ]; }
holds() { d=$base/$run/job.$id; [ -d "$d" ]; }
`;

/**
`boot_id` sets `booted`, as in HostFacts; empty where the host does not say. `never_ran`, of a job whose folder is not there:
that proves that nothing ran only where it cannot have been lost, in the same boot as `intended`, or where the run's folder
was there in that boot and is still.
*/
const bootFunctions = `
boot_id() {
	if { read -r booted </proc/sys/kernel/random/boot_id; } 2>/dev/null; then return; fi
	booted=
	up=$(esxcli system stats uptime get 2>/dev/null)
	if [ -n "$up" ]; then booted=since-$(($(date +%s) - \${up%??????})); return; fi
	up=$(sysctl -n kern.boottime 2>/dev/null)
	case $up in *"sec = "*) up=\${up#*sec = }; booted=since-\${up%%,*} ;; esac
}
same_boot() {
	[ "$1" = "$2" ] && return 0
	case $1,$2 in since-*,since-*) ;; *) return 1 ;; esac
	apart=$((\${1#since-} - \${2#since-}))
	[ "$apart" -ge -60 ] && [ "$apart" -le 60 ]
}
seen_boot() {
	for f in "$base/$run"/boot.*; do same_boot "\${f##*/boot.}" "$1" && return 0; done
	return 1
}
never_ran() {
	try_bases knows
	boot_id
	[ ! -e "$base/$run/cleaned" ] && [ -n "$intended" ] && [ -n "$booted" ] || return 1
	same_boot "$intended" "$booted" || seen_boot "$intended"
}
`;

/** `proc_of PROCESS` sets `state`, `pgrp` and `start`, where there is a /proc. */
const procFunction = `
proc_of() {
	{ read -r stat </proc/$1/stat; } 2>/dev/null || return 1
	set -- \${stat##*) }
	state=$1 pgrp=$3 start=\${20}
}
`;

/**
`fence`: false if a higher epoch was seen, which is then `higher`. `alive`: some process of the job lives; its number alone
is no proof, another one may have it by now. `verdict` sets `said`, of a folder that is or was there.
*/
const stateFunctions = `
fence() {
	for f in "$base/$run"/epoch.*; do
		[ "\${f##*.}" -gt "$epoch" ] 2>/dev/null && { higher=\${f##*.}; return 1; }
	done
	[ -d "$base/$run/epoch.$epoch" ] || mkdir "$base/$run/epoch.$epoch" 2>/dev/null
	return 0
}
alive() {
	pid= born= group=
	{ read -r pid born group <"$d/pid"; } 2>/dev/null
	[ -n "$group" ] || return 1
	if [ "$born" != - ] && proc_of "$pid"; then
		[ "$start" = "$born" ] || return 1
		[ "$state" != Z ] && [ "$state" != X ] && return 0
	fi
	lives "$group"
}
finished() { { read -r code <"$d/rc"; } 2>/dev/null && [ -n "$code" ] && said="finished $code"; }
rebooted() {
	was=
	{ read -r was <"$d/boot"; } 2>/dev/null
	boot_id
	[ -n "$was" ] && [ -n "$booted" ] && ! same_boot "$was" "$booted"
}
verdict() {
	if [ -e "$d/forgotten" ] || [ ! -d "$d" ]; then said="gone folder-lost"
	elif finished; then :
	elif [ -e "$d/vetoed" ]; then said=vetoed
	elif [ ! -d "$d/started" ]; then said=waiting
	elif rebooted; then said="gone rebooted"
	elif alive; then said=running
	elif finished; then :
	else said="gone vanished"
	fi
}
`;

/** `pause 0.1 100000`: where `sleep` knows whole seconds only, BusyBox may have a tool for microseconds. */
const pauseFunction = `
pause() { sleep "$1" 2>/dev/null || usleep "$2" 2>/dev/null || sleep 1; }
`;

/**
`follow OUT ERR` prints what came behind so many bytes of each stream, until the job is over, and then how it ended.

Both files stay open: each `cat` goes on where the one before stopped. Whether it is over is asked before the last
`cat`, so that nothing is missed. A follower whose connection has gone notices by its parent. What runs for long is looked
at every two seconds.
*/
const followFunction = (token: string) => `
${pauseFunction}
say() { printf "%s %s\\n" ${token} "$1" >&2; printf "%s %s\\n" ${token} "$1" || exit 1; }
nap() {
	naps=$((naps + 1))
	if [ "$naps" -le 6 ]; then pause 0.03 30000
	elif [ "$naps" -le 30 ]; then pause 0.2 200000
	elif [ "$naps" -le 90 ]; then sleep 1
	else sleep 2
	fi
	[ -z "$parent" ] || kill -0 "$parent" 2>/dev/null || exit 1
}
is_over() {
	finished && return
	alive && return 1
	finished || said="gone vanished"
}
follow() {
	naps=0 parent=
	kill -0 "$PPID" 2>/dev/null && parent=$PPID
	until [ -e "$d/out" ] && [ -e "$d/err" ]; do
		verdict
		case $said in
			waiting) [ "$naps" -lt 40 ] || veto ;;
			running) ;;
			*) break ;;
		esac
		nap
	done
	if [ -e "$d/out" ] && [ -e "$d/err" ]; then
		naps=0 over=
		exec 5<"$d/out" 6<"$d/err"
		verdict
		[ "$said" = running ] || over=yes
		tail -c +$(($1 + 1)) <&5
		tail -c +$(($2 + 1)) <&6 >&2
		until [ "$over" ]; do
			! is_over || over=yes
			cat <&5
			cat <&6 >&2
			[ "$over" ] || nap
		done
	fi
	for f in out err; do [ ! -e "$d/$f.full" ] || said="$said $f"; done
	printf "%s end %s\\n" ${token} "$said"
	exit 0
}
attach() { say running; follow "$1" "$2"; }
`;

/** Takes the runner's place at its start, if it is not too late. */
const vetoFunction = `
veto() { mkdir "$d/started" 2>/dev/null && : >"$d/vetoed"; }
`;

const allFunctions = `${baseFunction}${bootFunctions}${procFunction}${stopGroupFunction}${stateFunctions}${vetoFunction}`;

/**
Runs the script and writes down what came of it. `$1` is the folder, `$2` how many blocks of 512 bytes each stream
may take there, `$3` its process group where it leads none. What begins the script is in the environment.

It prints into pipes, as everywhere: where `/dev/stderr` is a file, a script that opens it would empty it. A `cat` that
meets its limit is ended, and another one takes the rest in, so that the job goes on. What a child in the background
holds open is waited for two seconds. The script may be ended by a signal to the group; its status is written even so.
*/
const runner = `
d=$1 blocks=$2 group=$3 born=-
${procFunction}
${pauseFunction}
durable() { sync "$@" 2>/dev/null || sync; }
keep() {
	trap "" HUP INT TERM
	(ulimit -f "$blocks"; exec cat >"$d/$1") 2>/dev/null || { : >"$d/$1.full"; cat >/dev/null; }
	: >"$d/$1.end"
}
trap : HUP INT TERM
if proc_of $$; then born=$start group=$pgrp; fi
echo "$$ $born \${group:-$$}" >"$d/pid" || exit
mkdir "$d/started" 2>/dev/null || exit
durable "$d/boot" "$d/pid" "$d" "$d/.."
{
	{
		trap : HUP INT TERM
		sh -c "$fieldbook_begin" fieldbook "$d/script" 2>&3 3>&-
		echo $? >"$d/rc.new"
		exec >/dev/null 3>&-
		naps=0
		until [ -e "$d/out.end" ] && [ -e "$d/err.end" ] || [ "$naps" -ge 30 ]; do
			if [ "$naps" -lt 10 ]; then pause 0.01 10000; else pause 0.1 100000; fi
			naps=$((naps + 1))
		done
		durable "$d/out" "$d/err" "$d/rc.new"
		mv "$d/rc.new" "$d/rc"
		durable "$d"
	} 2>/dev/null | keep out >/dev/null 3>&- &
	exec >/dev/null 3>&-
	wait
} 3>&1 | keep err
`;

/** How a script begins, as the text of an `sh -c` whose `$1` is its file. */
export type JobStart = {
	/** Says `-` and ends where the interpreter is missing. */
	readonly check: string;
	/** Reads the secrets from standard input into variables of ours. */
	readonly readSecrets: string;
	/** Exports them and the variables under their names, and becomes the interpreter. */
	readonly begin: string;
};

/**
`$1` run, `$2` the job in it, `$3` epoch, `$4` hash of the script, `$5` blocks of output, `$6` how it begins; `$7` is `again`
where it was sent before and nobody heard what came of it, `$8` then the boot in which it was intended.
Standard input: the secrets, then the script to its end. Says one word and follows: see `readWord` of jobs.ts.
*/
export function launchScript(token: string, {check, readSecrets}: Pick<JobStart, 'check' | 'readSecrets'>): string {
	return `
mask=$(umask)
umask 077
run=$1 id=$2 epoch=$3
${allFunctions}${sha256Function}${followFunction(token)}
refuse() { say "no $1"; exit 0; }
${check}
${readSecrets}
try_bases holds && attach 0 0
intended=$8
[ "$7" != again ] || never_ran || { say "gone folder-lost"; exit 0; }
try_bases usable || refuse "there is no folder that we may write to"
d=$base/$run/job.$id
new=$base/$run/new.$id.$$
cat >"$new" || { rm -f "$new"; refuse "the script could not be written to $base"; }
sum=$(sha256 "$new")
[ "$sum" = "$4" ] || rm -f "$new"
[ -n "$sum" ] || refuse "it has no tool for SHA-256"
[ "$sum" = "$4" ] || refuse "the script did not arrive whole"
mkdir "$d" 2>/dev/null || { rm -f "$new"; holds && attach 0 0; refuse "no folder could be made in $base"; }
fence || { rm -rf "$d" "$new"; say "superseded $higher"; exit 0; }
boot_id
seen_boot "$booted" || mkdir "$base/$run/boot.$booted" 2>/dev/null
mv "$new" "$d/script" && echo "$booted" >"$d/boot" || { rm -rf "$d" "$new"; refuse "$base is full"; }
fieldbook_begin="umask $mask
unset fieldbook_begin
$6"
export fieldbook_begin
runner=${quotePosix(runner)}
if command -v setsid >/dev/null 2>&1; then
	setsid sh -c "$runner" fieldbook "$d" "$5" </dev/null >/dev/null 2>&1 &
else
	if proc_of $$; then group=$pgrp; else group=$$; fi
	(trap "" HUP; exec sh -c "$runner" fieldbook "$d" "$5" "$group") </dev/null >/dev/null 2>&1 &
fi
date +%s >"$base/$run/used"
attach 0 0
`;
}

/** `$1` run, `$2` the job in it, `$3` and `$4` how many bytes of each stream have come already. */
export function attachScript(token: string): string {
	return `
run=$1 id=$2
${allFunctions}${followFunction(token)}
try_bases holds || { say "gone folder-lost"; exit 0; }
attach "$3" "$4"
`;
}

/**
`$1` run, `$2` the job in it, `$3` epoch, `$4` the boot in which it was intended. Prints one line: what became of it.

Where nothing ran, the claim is taken, so that a launch under way comes too late.
*/
export const lookScript = `
umask 077
run=$1 id=$2 epoch=$3 intended=$4
${allFunctions}
look() {
	if try_bases knows && ! fence; then said="superseded $higher"; return; fi
	for turn in 1 2 3; do
		if ! try_bases holds; then
			never_ran && try_bases usable || { said="gone folder-lost"; return; }
			fence
			d=$base/$run/job.$id
			mkdir "$d" 2>/dev/null || continue
		fi
		verdict
		[ "$said" = waiting ] || return
		veto
	done
}
said=
look
echo "\${said:-unclear}"
`;

/** The same, and ends it where it runs: `stopped SIGTERM`. One whose epoch is too low ends nothing. */
export const stopScript = `${lookScript}
[ "$said" = running ] || exit 0
word=$(stop_group "$group")
case $word in
	absent) verdict; echo "$said" ;;
	*) echo "stopped $word" ;;
esac
`;

/** What another run left so long ago goes: a month is longer than any set-up. */
const keptSeconds = 30 * 24 * 3600;

/**
`$1` run, `$2` the job in it. What is forgotten keeps its claim, so that it never runs again: an empty folder.
A run that nobody has come back to keeps a word that its jobs were there.
*/
export const forgetScript = `
umask 077
run=$1 id=$2
${allFunctions}
forget() {
	: >"$d/forgotten" || return
	for f in "$d"/*; do [ "$f" = "$d/forgotten" ] || rm -rf "$f"; done
}
try_bases holds && { verdict; [ "$said" = running ] || forget; }
now=$(date +%s)
for other in "$base"/*; do
	[ "\${other##*/}" != "$run" ] || continue
	{ read -r used <"$other/used"; } 2>/dev/null || continue
	[ $((now - used)) -gt ${keptSeconds} ] || continue
	for d in "$other"/job.*; do ! alive || continue 2; done
	: >"$other/cleaned" && rm -rf "$other"/job.* "$other"/boot.* "$other"/new.* "$other/used"
done
`;
