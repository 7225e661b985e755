import type {Answer, Question} from './command.js';

/** `vsish -e set /reliability/crashMe/Panic 1`: the host shows a purple screen, until somebody takes its power away. */
export function vsish({args, host}: Question): Answer {
	const [mode, verb, path = '', value] = args;
	if (mode !== '-e' || verb !== 'set') {
		return {err: 'Usage: vsish -e set PATH VALUE\n', status: 1};
	}

	return path === '/reliability/crashMe/Panic' && value !== undefined
		? {host: {...host, power: {kind: 'crashed'}}}
		: {err: `VSISHCmdSetInt():Set failed: Error VSI node not found: ${path}\n`, status: 1};
}
