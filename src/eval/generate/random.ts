import { createHash } from 'node:crypto';

/**
 * Numbers that look random and are the same for the same seed on every machine: the generator sfc32 of PractRand (Chris
 * Doty-Humphrey, public domain), started from a hash of the seed.
 */
export class Random {
	readonly #state: Uint32Array;

	constructor(seed: string) {
		const hash = createHash('sha256').update(seed).digest();
		this.#state = Uint32Array.from([0, 4, 8, 12], (offset) => hash.readUInt32LE(offset));
		for (let round = 0; round < 12; round++) this.#next();
	}

	#next(): number {
		const state = this.#state;
		const [a = 0, b = 0, c = 0, counter = 0] = state;
		const sum = (a + b + counter) >>> 0;
		state[3] = counter + 1;
		state[0] = b ^ (b >>> 9);
		state[1] = c + (c << 3);
		state[2] = ((c << 21) | (c >>> 11)) + sum;
		return sum;
	}

	/** A whole number from 0 up to `count` - 1. */
	below(count: number): number {
		return Math.floor((this.#next() / 2 ** 32) * count);
	}

	/** A whole number, both ends included. */
	between(least: number, most: number): number {
		return least + this.below(most - least + 1);
	}

	/** True with this probability, 0 to 1. */
	chance(probability: number): boolean {
		return this.#next() / 2 ** 32 < probability;
	}

	/** @throws RangeError for an empty list */
	pick<T>(list: readonly T[]): T {
		const picked = list[this.below(list.length)];
		if (picked === undefined) throw new RangeError('there is nothing to pick from');
		return picked;
	}

	/** Different items in random order. @throws RangeError when there are not that many */
	sample<T>(list: readonly T[], count: number): T[] {
		if (count > list.length) throw new RangeError(`a sample of ${count} from ${list.length} items`);
		return this.shuffled(list).slice(0, count);
	}

	shuffled<T>(list: readonly T[]): T[] {
		const left = [...list];
		const order: T[] = [];
		while (left.length > 1) {
			const [taken] = left.splice(this.below(left.length), 1);
			if (taken !== undefined) order.push(taken);
		}
		return [...order, ...left];
	}
}
