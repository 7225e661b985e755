/** Who asks, and from where. */
export type Local = {
	/** What `~` and `%d` stand for. */
	readonly home: string;
	readonly user: string;
	readonly userId: number;
	readonly hostName: string;
	readonly environment: Readonly<Record<string, string | undefined>>;
};

/** What is known of the other side when a text is expanded. */
export type Remote = {
	/** As it was asked for, perhaps an alias. */
	readonly original: string;
	readonly hostName: string;
	readonly port: number;
	readonly user: string;
	readonly hostKeyAlias: string | undefined;
};

/**
`%h` and its like (ssh_config(5), TOKENS), `${NAME}`, and `~` in front.

Undefined where a variable is not set: `ssh` ignores such a setting. A token that we do not know stays as it is.
*/
export function expand(text: string, local: Local, remote: Remote): string | undefined {
	const tokens: Readonly<Record<string, string>> = {
		'%': '%',
		d: local.home,
		h: remote.hostName,
		i: String(local.userId),
		k: remote.hostKeyAlias ?? remote.original,
		L: local.hostName.split('.')[0] ?? '',
		l: local.hostName,
		n: remote.original,
		p: String(remote.port),
		r: remote.user,
		u: local.user,
	};
	const withTokens = text.replaceAll(/%(.)/g, (whole, token: string) => tokens[token] ?? whole);
	const unset = variablesIn(withTokens).some(name => local.environment[name] === undefined);
	return unset
		? undefined
		: underHome(withTokens, local.home).replaceAll(variable, (_, name: string) => local.environment[name] ?? '');
}

/** `HostName` knows only these two. */
export function expandHostName(text: string, original: string): string {
	return text.replaceAll(/%([%h])/g, (_, token: string) => (token === 'h' ? original : '%'));
}

/** `~/x` as a path. */
export function underHome(path: string, home: string): string {
	return path === '~' || path.startsWith('~/') ? home + path.slice(1) : path;
}

const variable = /\$\{([^}]*)\}/g;

function variablesIn(text: string): readonly string[] {
	return [...text.matchAll(variable)].map(([, name = '']) => name);
}
