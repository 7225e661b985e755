import type {Outcome} from '../run/outcome.js';
import type {Desk} from './desk.js';
import type {Prepared, PreparedPlace} from './prepared.js';

/**
For what is tried again and again: a host that could not be reached is only looked at until it answers. Sending it something
again would mean to connect several times, each time more patiently, and a measured time would have that in it.
*/
export function lookingFirst(desk: Desk, prepared: Extract<Prepared, {ok: true}>): Extract<Prepared, {ok: true}> {
	return {...prepared, places: prepared.places.map(place => lookedAt(desk, place))};
}

function lookedAt({world, plan}: Desk, place: PreparedPlace): PreparedPlace {
	const access = plan.hosts[place.host];
	let silence: Outcome | undefined;
	return access === undefined
		? place
		: {
				...place,
				async perform(attempt) {
					if (silence !== undefined && !(await world.transport.answers(access))) {
						return silence;
					}

					const outcome = await place.perform(attempt);
					const isSilent = outcome.kind === 'notStarted' && outcome.refused === undefined;
					silence = isSilent ? outcome : undefined;
					return outcome;
				},
			};
}
