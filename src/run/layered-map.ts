/** So many entries are copied at most for a new one; more of them become the new ground. */
const MOST_RECENT = 256;

/**
A map that never changes, made of another one and one more entry without copying all of that: each event of a run changes the
progress of one step among thousands.

Entries keep the place at which their key came first, as in a `Map`.
*/
export class LayeredMap<Key, Value extends NonNullable<unknown>> implements ReadonlyMap<Key, Value> {
	readonly #ground: ReadonlyMap<Key, Value>;
	readonly #recent: ReadonlyMap<Key, Value>;
	readonly size: number;

	private constructor(ground: ReadonlyMap<Key, Value>, recent: ReadonlyMap<Key, Value>, size: number) {
		this.#ground = ground;
		this.#recent = recent;
		this.size = size;
	}

	/** Holds what `map` holds now, which must not change any more. */
	static over<Key, Value extends NonNullable<unknown>>(map: ReadonlyMap<Key, Value>): LayeredMap<Key, Value> {
		return map instanceof LayeredMap ? map : new LayeredMap(map, new Map(), map.size);
	}

	with(key: Key, value: Value): LayeredMap<Key, Value> {
		const size = this.size + (this.has(key) ? 0 : 1);
		const recent = new Map(this.#recent).set(key, value);
		return recent.size <= MOST_RECENT
			? new LayeredMap(this.#ground, recent, size)
			: new LayeredMap(new Map([...this.#ground, ...recent]), new Map(), size);
	}

	get(key: Key): Value | undefined {
		return this.#recent.get(key) ?? this.#ground.get(key);
	}

	has(key: Key): boolean {
		return this.#recent.has(key) || this.#ground.has(key);
	}

	*entries(): MapIterator<[Key, Value]> {
		for (const [key, value] of this.#ground) {
			yield [key, this.#recent.get(key) ?? value];
		}

		for (const entry of this.#recent) {
			if (!this.#ground.has(entry[0])) {
				yield entry;
			}
		}
	}

	*keys(): MapIterator<Key> {
		for (const [key] of this.entries()) {
			yield key;
		}
	}

	*values(): MapIterator<Value> {
		for (const [, value] of this.entries()) {
			yield value;
		}
	}

	[Symbol.iterator](): MapIterator<[Key, Value]> {
		return this.entries();
	}

	forEach(tell: (value: Value, key: Key, map: ReadonlyMap<Key, Value>) => void): void {
		for (const [key, value] of this.entries()) {
			tell(value, key, this);
		}
	}
}
