import {hostsInUse} from '../../run/nodes.js';
import type {Request} from '../../run/request.js';
import {hostWords} from '../../view/names.js';
import {beginWords} from '../../view/preflight.js';
import {type KeyGroup, key, moveKeys} from '../keys.js';
import {type Model, stay} from '../model.js';
import {ask, chosenHost, type RunScreen, refusal} from './run-screen.js';

/** The keys of the board that shows what is known of the hosts before anything is done to them. */
export function preflightKeys(model: Model, screen: RunScreen): KeyGroup {
	const {state, open} = screen;
	const hosts = hostsInUse(open.graph, state);
	const host = chosenHost(screen);
	const row = hosts.indexOf(host);
	const stranger = [host, ...hosts].find(name => state.hosts.get(name)?.kind === 'firstContact') ?? host;
	const known = state.hosts.get(stranger);
	const fingerprint = known?.kind === 'firstContact' ? known.fingerprint : '';
	const trust: Request = {kind: 'trust', host: stranger, fingerprint};
	const again: Request = {kind: 'contact-again', host};
	const refused = hosts.filter(name => state.hosts.get(name)?.kind === 'refused');
	const move = (to: number) => {
		const next = hosts[Math.max(0, Math.min(hosts.length - 1, to))];
		return stay({...model, screen: {...screen, chosenHost: next}});
	};
	// With a host that does not answer yet Enter would be a guess: then it takes a key of its own.
	const isComplete = refused.length === 0;
	const beginning = refusal(screen, {kind: 'begin'});
	return {
		title: 'Preflight',
		keys: [
			key(['enter'], state.progress.size === 0 ? 'begin' : 'go on', () => ask(model, {kind: 'begin'}), {
				unless: beginning !== '' || isComplete ? beginning : `${hostWords(refused)} did not answer`,
				confirms: true,
			}),
			key(['y'], `trust the key of ${stranger}`, () => ask(model, trust), {
				unless: refusal(screen, trust),
				confirms: true,
			}),
			key(['t'], 'try again', () => ask(model, ...againFor(refused, again)), {
				unless: refused.length > 0 ? '' : refusal(screen, again),
			}),
			key(['B'], beginWords(refused), () => ask(model, {kind: 'begin'}), {
				unless: isComplete ? 'no host is missing' : beginning,
				confirms: true,
			}),
			...moveKeys(row, hosts.length, move),
		],
	};
}

function againFor(refused: readonly string[], chosen: Request): readonly Request[] {
	return refused.length > 0 ? refused.map(host => ({kind: 'contact-again', host}) as const) : [chosen];
}
