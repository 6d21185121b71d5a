import { expect, it } from 'vitest';
import { BoundedCache } from '../../../src/context/boundedCache.ts';

it('a bounded cache keeps the most recently used entries, and nothing too large', () => {
	const cache = new BoundedCache<string, string>(10, 6);
	cache.set('a', 'A', 4);
	cache.set('b', 'B', 4);
	expect(cache.get('a')).toBe('A');
	cache.set('c', 'C', 4);
	cache.set('d', 'D', 7);
	expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key))).toEqual(['A', undefined, 'C', undefined]);
});
