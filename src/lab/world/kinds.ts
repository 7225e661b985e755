import {esx4Kind} from '../esx4/kind.js';
import {esxiKind} from '../esxi/kind.js';
import {linuxKind} from '../linux/kind.js';
import {windowsKind} from '../windows/kind.js';
import type {HostKind} from './member.js';

/** Every kind of host that a machine room can hold. */
export const kinds: readonly HostKind[] = [esxiKind, linuxKind, windowsKind, esx4Kind];

/** The kind of a platform's hosts; undefined: the lab has none. */
export function kindOf(platform: string): HostKind | undefined {
	return kinds.find(kind => kind.platform === platform);
}
