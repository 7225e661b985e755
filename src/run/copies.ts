/** How one file of a run stands to another one of the same run. */
export type Relation = {
	/** `fork`: each knows events that the other does not. `behind`: the other one goes on where this one ends. */
	readonly kind: 'same' | 'ahead' | 'behind' | 'fork';
	/** The last event that both have; 0: not even the first. */
	readonly common: number;
};

/** Both as the hashes of their events, in order. A hash is over all events before it, so equal ones mean an equal past. */
export function relationOf(own: readonly string[], other: readonly string[]): Relation {
	const parting = own.findIndex((hash, index) => hash !== other[index]);
	const common = parting === -1 ? own.length : parting;
	const [hasMore, otherHasMore] = [own.length > common, other.length > common];
	return {kind: hasMore ? (otherHasMore ? 'fork' : 'ahead') : otherHasMore ? 'behind' : 'same', common};
}
