import type {HostAccess} from '../engine/ports.js';
import {bootSince} from '../run/boot.js';
import type {HostFacts} from '../run/event.js';

/** What a host says of itself; the rest of `HostFacts` is known from the connection. */
export type OwnFacts = Pick<HostFacts, 'name' | 'version' | 'clockSkewMs' | 'uptimeSeconds' | 'bootId'>;

/** The login's shell, as sshd gives it. */
export function shellIn(printed: string): string {
	return /^shell=(.*)$/m.exec(printed)?.[1] ?? '';
}

/**
Asks a host what it is, in one go. Every command may be missing; what is not said is not known.

`$1` is the platform. Linux has it in files, which cost no process: on a thousand hosts that is noticed. ESXi has no
/proc/uptime; its own command counts microseconds. What it calls its UUID is the same after every boot.
*/
export const factsScript = `
echo "shell=\${SHELL-}"
if read -r name </proc/sys/kernel/hostname && read -r release </proc/sys/kernel/osrelease; then :; else name= release=; fi 2>/dev/null
echo "name=\${name:-$(hostname 2>/dev/null || uname -n 2>/dev/null)}"
case $1 in
	esxi | esx4) echo "version=$(vmware -v 2>/dev/null || uname -sr 2>/dev/null)" ;;
	*) if [ "$release" ]; then echo "version=Linux $release"; else echo "version=$(uname -sr 2>/dev/null)"; fi ;;
esac
if [ -r /proc/uptime ]; then
	read -r up rest </proc/uptime
	echo "uptime=$up"
else
	echo "uptimeMicroseconds=$(esxcli system stats uptime get 2>/dev/null)"
fi
if read -r boot </proc/sys/kernel/random/boot_id; then echo "boot=$boot"; fi 2>/dev/null
date +date=%s.%N 2>/dev/null
`;

export function factsArguments({platform}: HostAccess): readonly string[] {
	return [platform];
}

/** `sentAt` and `receivedAt` are ours, in milliseconds since 1970: the host's clock was read between them. */
export function readFacts(printed: string, sentAt: number, receivedAt: number): OwnFacts {
	const said = new Map(printed.split('\n').map(line => splitOnce(line.trim())));
	const hostTime = readDate(said.get('date'));
	const uptimeSeconds = readNumber(said.get('uptime'), 1) ?? readNumber(said.get('uptimeMicroseconds'), 1_000_000);
	return {
		name: said.get('name') ?? '',
		version: said.get('version') ?? '',
		clockSkewMs: hostTime === null ? null : Math.round(hostTime - (sentAt + receivedAt) / 2),
		uptimeSeconds,
		bootId: said.get('boot') ?? bootTime(hostTime, uptimeSeconds),
	};
}

/** By the host's own clock, in milliseconds since 1970. */
export function bootTime(hostTime: number | null, uptimeSeconds: number | null): string | null {
	return hostTime === null || uptimeSeconds === null ? null : bootSince(hostTime - uptimeSeconds * 1000);
}

function splitOnce(line: string): readonly [string, string] {
	const at = line.indexOf('=');
	return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}

/** Without fractions (BusyBox prints `1700000000.N`) the middle of that second is the best guess. */
function readDate(text: string | undefined): number | null {
	const [, seconds, fraction] = /^(\d{9,11})(?:\.(\d{9}))?/.exec(text ?? '') ?? [];
	if (seconds === undefined) {
		return null;
	}

	return Number(seconds) * 1000 + (fraction === undefined ? 500 : Number(fraction) / 1_000_000);
}

function readNumber(text: string | undefined, unit: number): number | null {
	const value = Number.parseFloat(text ?? '');
	return Number.isFinite(value) ? value / unit : null;
}
