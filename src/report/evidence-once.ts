import type {HostName} from '../runbook/runbook.js';
import type {EvidenceRecord, StepOnHost} from './record.js';

/** What was attached, and to which hosts of its step. */
export type AttachedEvidence = EvidenceRecord & {readonly hosts: readonly HostName[]};

/** What was attached to a step at several of its hosts at once stands here once: one photo of a rack is one photo. In order of time. */
export function evidenceOnce(hosts: readonly StepOnHost[]): readonly AttachedEvidence[] {
	const found = new Map<string, AttachedEvidence>();
	for (const {host, evidence} of hosts) {
		for (const taken of evidence) {
			const known = found.get(keyOf(taken));
			found.set(keyOf(taken), {...(known ?? taken), hosts: [...(known?.hosts ?? []), host]});
		}
	}

	return [...found.values()].sort((one, other) => one.at.localeCompare(other.at));
}

/** The events of one attachment are written down one after the other: within a second, by the clock of one laptop. */
function keyOf({at, by, kind, text, file, afterEnd}: EvidenceRecord): string {
	return JSON.stringify([at.slice(0, 19), by, kind, text, file?.sha256, file?.name, afterEnd]);
}
