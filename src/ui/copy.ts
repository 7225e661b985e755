/** More does not go through many terminals. Source: xterm's and tmux's limits for one control string, about 100,000 bytes. */
const MAX_BASE64 = 74_994;

/**
The control string that puts a text on the clipboard of the person's own terminal, also through SSH; undefined where the
text is too long for it. Whether a terminal obeys nobody can see. Source: xterm control sequences, OSC 52.
*/
export function clipboardString(text: string): string | undefined {
	const encoded = Buffer.from(text).toString('base64');
	return encoded.length > MAX_BASE64 ? undefined : `\u001B]52;c;${encoded}\u0007`;
}
