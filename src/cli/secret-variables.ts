import {Secret} from '../text/secret.js';

const taken = new Map<string, Secret>();

/**
The value of a variable that a sheet names as `env:NAME`. From then on it stands in our environment no more, so that what we
start (the lab, ssh, a pager, a script on this laptop) does not inherit it.
*/
export function takeVariable(name: string): string | undefined {
	const value = process.env[name];
	if (value !== undefined) {
		taken.set(name, new Secret(`env:${name}`, value));
		delete process.env[name];
	}

	return taken.get(name)?.reveal();
}

/** For asking whether a variable is there: what was taken still counts. */
export function environmentWithTaken(): Readonly<Record<string, string | undefined>> {
	return {...Object.fromEntries([...taken].map(([name, secret]) => [name, secret.toString()])), ...process.env};
}
