import type {HostAccess} from '../engine/ports.js';
import type {Outcome} from '../run/outcome.js';

type NotStarted = Extract<Outcome, {readonly kind: 'notStarted'}>;

/** What a host asks for that this version cannot do; undefined if it can do all. Nothing is sent to such a host. */
export function notYet(host: HostAccess): NotStarted | undefined {
	if (host.platform === 'windows') {
		return because(`${host.name} is a Windows host: PowerShell over SSH is not in this version yet.`);
	}

	return undefined;
}

function because(reason: string): NotStarted {
	return {kind: 'notStarted', reason};
}
