import {createHash} from 'node:crypto';
import type {FileToPut, FileToRestore, FoundFile} from '../engine/ports.js';
import type {Outcome} from '../run/outcome.js';
import {sanitiseLine} from '../text/sanitise.js';
import {ask, newToken, type Reply} from './helper.js';
import type {Place} from './session.js';
import {sha256Function} from './sha256.js';
import type {Timing} from './timing.js';

/** Null if there is no such file. */
export async function statFile(place: Place, path: string, timing: Timing): Promise<FoundFile | null | Outcome> {
	const reply = await ask(place, {script: statScript, args: [path]}, timing);
	if (reply.kind !== 'replied') {
		return reply;
	}

	const [, word, sha256, mode, owner] = /^(none|file)(?: ([0-9a-f]{64}) (\S+) (\S+))?$/m.exec(reply.out) ?? [];
	if (word === 'none') {
		return null;
	}

	return sha256 === undefined || mode === undefined || owner === undefined
		? {kind: 'notStarted', reason: `${path} on ${place.name} cannot be looked at: ${lastLine(reply.err)}`}
		: {sha256, mode: octal(mode), owner};
}

/**
Puts a whole file in place of the old one, or leaves that alone.

The bytes go through `cat` into a new file beside the target; only after its hash agrees it takes the name. SFTP would
be no better: it may be missing (ESXi), wants a channel of its own, cannot become another user, and is slower (256 MiB:
`cat` 460 to 660 MiB/s, SFTP 260 to 440). A backup that exists already stays: it is older, and what an undo wants back.
*/
export async function putFile(place: Place, file: FileToPut, timing: Timing): Promise<Outcome> {
	const sha256 = createHash('sha256').update(file.bytes).digest('hex');
	const temporary = `.${newToken().replace(':', '-')}`;
	const args = [file.path, sha256, file.mode ?? '', file.backup, temporary, file.owner ?? ''];
	const reply = await ask(place, {script: putScript, args, input: file.bytes, timeoutMs: file.timeoutMs}, timing);
	return changed(reply, file.path, place);
}

/** Said at the end: `done`, or `differs` where what stands there now is not what was wanted. */
function changed(reply: Reply, path: string, place: Place): Outcome {
	if (reply.kind !== 'replied') {
		return reply;
	}

	switch (reply.out.trim().split('\n').at(-1)) {
		case 'done':
			return {kind: 'exited', code: 0};
		case 'differs':
			return {kind: 'exited', code: 1};
		default:
			return {kind: 'notStarted', reason: `${path} on ${place.name} was left as it was: ${lastLine(reply.err)}`};
	}
}

/** The longest file that is read whole. */
const readLimit = 256 * 1024;

/** Its bytes; null if there is no such file. */
export async function readFile(place: Place, path: string, timing: Timing): Promise<Uint8Array | null | Outcome> {
	const reply = await ask(place, {script: readScript, args: [path, String(readLimit)]}, timing);
	if (reply.kind !== 'replied') {
		return reply;
	}

	const end = reply.bytes.indexOf(10);
	switch (Buffer.from(reply.bytes.subarray(0, end)).toString()) {
		case 'none':
			return null;
		case 'file':
			return reply.bytes.subarray(end + 1);
		default:
			return {kind: 'notStarted', reason: `${path} on ${place.name} cannot be read: ${lastLine(reply.err)}`};
	}
}

/** The old file takes its name back in one step, or the new one is taken away; or all is left as it is. */
export async function restoreFile(place: Place, file: FileToRestore, timing: Timing): Promise<Outcome> {
	const {path, sha256, old, timeoutMs} = file;
	const args = [path, sha256, old?.path ?? '', old?.sha256 ?? ''];
	const reply = await ask(place, {script: restoreScript, args, timeoutMs}, timing);
	return changed(reply, path, place);
}

/** \`ls\` of some hosts cuts names short, and not every \`stat\` knows formats. */
const metaFunctions = `
mode_of() { stat -L -c %a "$1" 2>/dev/null || ls -ldL "$1" | cut -d' ' -f1; }
owner_of() { stat -L -c %U:%G "$1" 2>/dev/null || { set -- $(ls -ldL "$1"); echo "$3:$4"; }; }`;

const noneIfMissing = `
if [ ! -e "$p" ]; then
	d=$p
	while d=\${d%/*} && [ -n "$d" ] && [ ! -e "$d" ]; do :; done
	if [ -n "$d" ] && [ ! -x "$d" ]; then echo "$d: permission denied" >&2; exit 1; fi
	echo none
	exit 0
fi`;

const statScript = `
${sha256Function}${metaFunctions}
p=$1${noneIfMissing}
[ -f "$p" ] || { echo "it is not a file" >&2; exit 1; }
hash=$(sha256 "$p")
[ -n "$hash" ] || { echo "it cannot be read, or the host has no tool for SHA-256" >&2; exit 1; }
echo "file $hash $(mode_of "$p") $(owner_of "$p")"
`;

/** `$1` path, `$2` the most bytes. */
const readScript = `
p=$1${noneIfMissing}
[ -f "$p" ] || { echo "it is not a file" >&2; exit 1; }
size=$(wc -c <"$p") || exit 1
[ "$size" -le "$2" ] || { echo "it has $size bytes, more than $2" >&2; exit 1; }
echo file
cat "$p"
`;

/** `$1` path, `$2` hash of what we have put there, `$3` where the old file is, `$4` its hash; both empty: there was none. */
const restoreScript = `
${sha256Function}
p=$1
if [ -L "$p" ]; then p=$(readlink -f "$p") || exit 1; fi
now=
if [ -e "$p" ]; then
	[ -f "$p" ] || { echo "it is not a file" >&2; exit 1; }
	now=$(sha256 "$p")
	[ -n "$now" ] || { echo "it cannot be read, or the host has no tool for SHA-256" >&2; exit 1; }
fi
if [ "$now" = "$4" ] && { [ "$2" != "$4" ] || [ ! -e "$3" ]; }; then echo done; exit 0; fi
[ "$now" = "$2" ] || { echo "it was changed since" >&2; exit 1; }
if [ -z "$3" ]; then
	rm -f "$p" || exit 1
	sync 2>/dev/null
	if [ -e "$p" ]; then echo differs; else echo done; fi
	exit 0
fi
[ "$(sha256 "$3")" = "$4" ] || { echo "the old one is not in $3 any more" >&2; exit 1; }
mv -f "$3" "$p" || exit 1
sync "$p" 2>/dev/null || sync 2>/dev/null
if [ "$(sha256 "$p")" = "$4" ]; then echo done; else echo differs; fi
`;

/**
`$1` path, `$2` hash, `$3` mode, `$4` backup, `$5` name of the temporary file, `$6` owner.

A copy keeps owner and mode of the old file. A new owner comes before the mode, some bits of which he takes away, and is
looked at again: some file systems say yes and do nothing.
*/
const putScript = `
${sha256Function}${metaFunctions}
owned_by() {
	owner=$(owner_of "$1")
	case $2 in *:*) [ "$owner" = "$2" ] ;; *) [ "\${owner%%:*}" = "$2" ] ;; esac
}
p=$1
if [ -L "$p" ]; then p=$(readlink -f "$p") || exit 1; fi
case $p in */*) d=\${p%/*}/ ;; *) d=./ ;; esac
t=$d$5
[ -d "$d" ] || { echo "there is no folder $d" >&2; exit 1; }
[ -d "$p" ] && { echo "it is a folder" >&2; exit 1; }
trap 'rm -f "$t"' 0
if [ -e "$p" ]; then cp -p "$p" "$t" || exit 1
elif [ -n "$3" ]; then (umask 077; : >"$t") || exit 1
else : >"$t" || exit 1
fi
readonly=
[ -w "$t" ] || { readonly=yes; chmod u+w "$t" || exit 1; }
cat >"$t" || exit 1
[ "$(sha256 "$t")" = "$2" ] || { echo "it did not arrive whole, or the host has no tool for SHA-256" >&2; exit 1; }
if [ -n "$6" ] && ! owned_by "$t" "$6"; then
	chown "$6" "$t" || exit 1
	owned_by "$t" "$6" || { echo "its owner stays $owner" >&2; exit 1; }
	[ -n "$3" ] || [ ! -e "$p" ] || chmod "$(stat -L -c %a "$p")" "$t" || exit 1
fi
if [ -n "$3" ]; then chmod "$3" "$t" || exit 1
elif [ -n "$readonly" ]; then chmod u-w "$t" || exit 1
fi
if [ -e "$p" ] && [ ! -e "$4" ]; then cp -p "$p" "$4" || exit 1; fi
sync "$t" 2>/dev/null || sync 2>/dev/null
mv -f "$t" "$p" || exit 1
if [ "$(sha256 "$p")" = "$2" ]; then echo done; else echo differs; fi
`;

/** > | -rwxr-xr-t      where `stat` knows no format, `ls` draws the mode */
function octal(mode: string): string {
	if (/^[0-7]+$/.test(mode)) {
		return mode.padStart(4, '0');
	}

	const drawn = mode.slice(1, 10);
	const ordinary = [...drawn].map(character => (/[rwxst]/.test(character) ? '1' : '0')).join('');
	const special = [2, 5, 8].map(at => (/[sStT]/.test(drawn[at] ?? '') ? '1' : '0')).join('');
	return Number.parseInt(special + ordinary, 2)
		.toString(8)
		.padStart(4, '0');
}

function lastLine(text: string): string {
	return sanitiseLine(text.trim().split('\n').at(-1) ?? '').slice(0, 300);
}
