import {kindOf} from './kinds.js';
import type {HostKind, SavedMember} from './member.js';

/** The `set …` forms that these hosts know. */
export function deedsOf(hosts: readonly SavedMember[]): readonly string[] {
	return [...new Set(kindsOf(hosts).flatMap(({deeds}) => deeds))];
}

/** A problem with the words behind `set` that can be seen before there is a world; undefined: they can be done. */
export function checkDeed(words: readonly string[], hosts: readonly SavedMember[]): string | undefined {
	const [verb = '', name = ''] = words;
	if (!kindsOf(hosts).some(kind => knows(kind, verb))) {
		return `Nobody here can set ${verb || 'nothing'}; known are: ${deedsOf(hosts).join(', ')}`;
	}

	const host = hosts.find(each => each.name === name);
	const kind = kindOf(host?.kind ?? '');
	if (kind === undefined) {
		return `There is no host ${name || 'without a name'}; there are ${listed(hosts.map(each => each.name))}`;
	}

	return knows(kind, verb)
		? kind.checkDeed(words)
		: `Nobody can set ${verb} on ${name}, a host of platform ${kind.platform}; known are: ${kind.deeds.join(', ')}`;
}

function kindsOf(hosts: readonly SavedMember[]): readonly HostKind[] {
	return [...new Set(hosts.map(({kind}) => kind))].flatMap(name => kindOf(name) ?? []);
}

/** > | set cable HOST NIC in|out */
function knows({deeds}: HostKind, verb: string): boolean {
	return deeds.some(deed => deed.split(' ')[1] === verb);
}

/** > | esxi1, esxi2 and ec1 */
function listed(names: readonly string[]): string {
	return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
