import {UserError} from '../text/user-error.js';
import {noLab, screens} from './screens.js';
import {isTerminal} from './terminal.js';

/** `fieldbook`: the home screen. 0 unless a run was left that ends with something else. */
export async function home({ascii}: {readonly ascii: boolean}): Promise<number> {
	if (!isTerminal(false)) {
		throw new UserError(
			'no-terminal',
			'The home screen needs a terminal.',
			'Use `fieldbook run FILE --plain`, or see `fieldbook --help`.',
			2,
		);
	}

	const nothingSaid = {
		site: undefined,
		set: {},
		selection: {startAt: null, only: null},
		runFile: undefined,
		takeOver: undefined,
		hostKeys: 'ask',
		detach: 'auto',
		lab: noLab,
		runbook: undefined,
		opened: () => {},
	} as const;
	return screens({screen: 'home', mode: 'real'}, nothingSaid, undefined, ascii);
}
