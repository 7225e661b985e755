import {vmwareHaKind} from '../aam/part.js';
import {expressclusterKind} from '../expresscluster/part.js';
import {vsphereHaKind} from '../fdm/part.js';
import {iscsiKind} from '../iscsi/part.js';
import {sharedStorageKind} from '../shared-storage/part.js';
import {wsfcKind} from '../wsfc/part.js';
import type {PartKind} from './part.js';

/** Every kind of part that a machine room can hold. They settle in this order. */
export const partKinds: readonly PartKind[] = [
	expressclusterKind,
	iscsiKind,
	wsfcKind,
	sharedStorageKind,
	vsphereHaKind,
	vmwareHaKind,
];
