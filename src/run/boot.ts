/** How far the same boot's time may be apart when it was worked out twice: clocks are set right, and set slowly. */
const TOLERANCE_SECONDS = 60;

/**
True if two boot identities of one host (`HostFacts.bootId`) are of the same boot.

> | 5c3f1a52-9be4-4b0f-a7c1-2b1f0f1f7e11      Linux draws one at every boot
> | since-1763700000                          ESXi and Windows: when they booted, in seconds since 1970
*/
export function isSameBoot(one: string, other: string): boolean {
	const [a, b] = [one, other].map(id => /^since-(\d+)$/.exec(id)?.[1]);
	return a === undefined || b === undefined ? one === other : Math.abs(Number(a) - Number(b)) <= TOLERANCE_SECONDS;
}

/** The identity of a boot of which only the time is known, in milliseconds since 1970. */
export function bootSince(bootedAtMs: number): string {
	return `since-${Math.round(bootedAtMs / 1000)}`;
}
