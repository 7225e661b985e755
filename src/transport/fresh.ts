/** What was looked up may have changed a little later; one wave of connections looks once. */
const freshMs = 3000;

/** What was found lately, by key; looked up anew when it is no longer fresh. */
export class Fresh<Found> {
	readonly #lately = new Map<string, {readonly at: number; readonly found: Promise<Found>}>();

	get(key: string, find: () => Promise<Found>): Promise<Found> {
		const known = this.#lately.get(key);
		if (known !== undefined && performance.now() - known.at < freshMs) {
			return known.found;
		}

		const found = find();
		this.#lately.set(key, {at: performance.now(), found});
		return found;
	}
}
