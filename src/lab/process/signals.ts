/** Numbers as on Linux; ESXi's BusyBox uses the same. */
const numbers = {
	HUP: 1,
	INT: 2,
	QUIT: 3,
	KILL: 9,
	USR1: 10,
	USR2: 12,
	PIPE: 13,
	ALRM: 14,
	TERM: 15,
	CHLD: 17,
	CONT: 18,
	STOP: 19,
	XFSZ: 25,
} as const;

export type SignalName = keyof typeof numbers;

export function signalNumber(name: SignalName): number {
	return numbers[name];
}

/** `TERM`, `SIGTERM`, `15`; undefined for what is no signal. `0`, which only asks, is not one. */
export function signalNamed(word: string): SignalName | undefined {
	const name = word.toUpperCase().replace(/^SIG/, '');
	return signalNames().find(known => known === name || String(numbers[known]) === word);
}

export function signalNames(): readonly SignalName[] {
	return ['HUP', 'INT', 'QUIT', 'KILL', 'USR1', 'USR2', 'PIPE', 'ALRM', 'TERM', 'CHLD', 'CONT', 'STOP', 'XFSZ'];
}

/** What an undisturbed process does with it: stopping is not simulated. */
export function endsProcess(name: SignalName): boolean {
	return name !== 'CHLD' && name !== 'CONT' && name !== 'STOP';
}
