import type {Refusal} from '../run/outcome.js';
import {fingerprintOf, keyTypeOf} from './fingerprint.js';
import {judgeKey, type KnownHost, nameOf} from './known-hosts.js';

/** What to do with a key that known_hosts does not have. A changed or revoked one is refused, whatever stands here. */
export type HostKeyPolicy = 'strict' | 'ask' | 'accept-new';

export type HostKeyDecision =
	| {readonly kind: 'trusted'; readonly isNew: boolean}
	/** `about`: what a person should know besides; sentences, or empty. */
	| {readonly kind: 'firstContact'; readonly keyType: string; readonly fingerprint: string; readonly about: string}
	| {readonly kind: 'refused'; readonly refusal: Refusal; readonly reason: string; readonly next: string};

export type HostKeyQuestion = {
	/** For messages: `esxi1 (172.31.255.2:22)`. */
	readonly place: string;
	readonly address: string;
	readonly port: number;
	readonly alias?: string | undefined;
	readonly key: Buffer;
	readonly known: readonly KnownHost[];
	readonly policy: HostKeyPolicy;
	/** The fingerprint that a person has confirmed; undefined: nobody was asked. */
	readonly trusted: string | undefined;
};

/** Decides about the key a host has shown. Nothing but our version and our key exchange was sent so far. */
export function decideHostKey(question: HostKeyQuestion): HostKeyDecision {
	const verdict = judgeKey(question.known, question, question.key);
	switch (verdict.kind) {
		case 'known':
			return {kind: 'trusted', isNew: false};
		case 'changed':
			return changed(question, verdict.expected);
		case 'revoked':
			return {
				kind: 'refused',
				refusal: 'host-key-revoked',
				reason: `The host key of ${question.place}, ${fingerprintOf(question.key)}, is revoked in ${at(verdict.by)}. Nothing was sent.`,
				next: 'Ask whoever revoked it; the host needs a new key.',
			};
		case 'unknown':
			return unknown(question, verdict.others);
	}
}

function changed({place, key, ...host}: HostKeyQuestion, expected: KnownHost): HostKeyDecision {
	return {
		kind: 'refused',
		refusal: 'host-key-changed',
		reason: `The host key of ${place} is not the one in ${at(expected)}. We expected ${fingerprintOf(expected.key)} and got ${fingerprintOf(key)}. Nothing was sent.`,
		next: `Compare the new fingerprint at the host's own console. If it is right, take the old line away: ssh-keygen -R '${nameOf(host)}' -f '${expected.file}'. There is no flag to skip this.`,
	};
}

function unknown({place, key, policy, trusted}: HostKeyQuestion, others: readonly KnownHost[]): HostKeyDecision {
	const fingerprint = fingerprintOf(key);
	if (trusted === fingerprint || (policy === 'accept-new' && others.length === 0)) {
		return {kind: 'trusted', isNew: true};
	}

	const about = others.map(aboutOther).join(' ');
	if (policy === 'ask') {
		return {kind: 'firstContact', keyType: keyTypeOf(key), fingerprint, about};
	}

	const known = others.find(({marker}) => marker === '');
	return {
		kind: 'refused',
		refusal: 'host-key-unknown',
		reason:
			known === undefined
				? `The host key of ${place}, ${keyTypeOf(key)} ${fingerprint}, is not in known_hosts. ${about === '' ? '' : `${about} `}Nothing was sent.`
				: `The host key of ${place} is of another type than the known one: ${keyTypeOf(key)} ${fingerprint}. ${about} Nothing was sent.`,
		next:
			known === undefined
				? "Compare the fingerprint at the host's own console, then log in once with ssh, or let fieldbook ask."
				: "Its server no longer has the known key, or it is another server: compare the fingerprint at the host's own console, then log in once with ssh, or let fieldbook ask.",
	};
}

/** What known_hosts has for this host instead of the key that it showed. */
function aboutOther(other: KnownHost): string {
	return other.marker === '@cert-authority'
		? `A certificate authority stands for it in ${at(other)}: fieldbook cannot use host certificates, only the host's plain key, as ssh-keyscan prints it.`
		: `known_hosts has a key of type ${other.keyType} for it (${at(other)}), which it did not show.`;
}

function at({file, line}: KnownHost): string {
	return `${file} (line ${line})`;
}
