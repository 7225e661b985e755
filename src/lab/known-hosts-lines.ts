/** One line per key, as OpenSSH writes a host on a port of its own. */
export function knownHostsLines(
	address: string,
	port: number,
	keys: ReadonlyArray<{readonly type: string; readonly base64: string}>,
): string {
	return keys.map(({type, base64}) => `[${address}]:${port} ${type} ${base64}\n`).join('');
}
