/** What a host, or the way to it, asks of whoever connects. */
export type Demands = {
	/** Of the ssh configuration. */
	readonly proxyCommand?: string | undefined;
	/** Keys that might have been taken, and we could not offer: their types, and where each of them is. */
	readonly keys?: ReadonlyArray<{readonly type: string; readonly from: string}>;
	/** What its server offers of a kind of algorithm of which we have none; empty: it is not known. */
	readonly offers?: readonly string[];
};

/** Why only the system's own ssh may reach a host, as half a sentence; undefined: nothing speaks for that. */
export function needsSystemSsh({proxyCommand, keys = [], offers = []}: Demands): string | undefined {
	if (proxyCommand !== undefined) {
		return 'its ssh configuration goes through a ProxyCommand';
	}

	const newer = offers.filter(name => /^(?:mlkem|sntrup)|^sk-|-cert-v01@openssh\.com$/.test(name));
	if (offers.length > 0 && newer.length === offers.length) {
		return `its server offers only ${newer.join(', ')}`;
	}

	const certificate = keys.find(({type}) => type.includes('-cert-v01@'));
	if (certificate !== undefined) {
		return `there is a certificate (${certificate.from})`;
	}

	const onToken = keys.find(({type}) => type.startsWith('sk-'));
	return onToken === undefined ? undefined : `there is a key on a security token (${onToken.from})`;
}
