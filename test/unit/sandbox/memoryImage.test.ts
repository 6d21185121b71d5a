import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../../bench/pool/virtualClock.ts';
import { Checkpoints } from '../../../src/sandbox/guest/checkpoints.ts';
import {
	applyImage,
	imageBytes,
	PageComparison,
	readImage,
	usedBytes,
	writeImage,
} from '../../../src/sandbox/guest/memoryImage.ts';

const PAGE = 4096;

function memoryOf(...pages: readonly number[]): Uint8Array {
	const memory = new Uint8Array(pages.length * PAGE);
	for (const [index, value] of pages.entries()) memory[index * PAGE + PAGE - 1] = value;
	return memory;
}

function imageOf(memory: Uint8Array, pages: readonly number[]) {
	const buffer = new SharedArrayBuffer(imageBytes(pages.length) + 100);
	writeImage(buffer, memory, pages);
	return readImage(buffer);
}

describe('a memory image', () => {
	it('holds the pages that are not zero', () => {
		const memory = memoryOf(0, 1, 0, 2);
		const empty = { memoryBytes: 0, pageNumbers: new Uint32Array(), pages: new Uint8Array() };
		const pages = new PageComparison(empty).changedPages(memory);
		expect(pages).toEqual([1, 3]);
		const restored = new Uint8Array(memory.length);
		applyImage(restored, imageOf(memory, pages));
		expect(restored).toEqual(memory);
	});

	it('on top of another brings back pages that changed, became zero or were added', () => {
		const before = memoryOf(1, 2, 3, 0);
		const base = imageOf(before, [0, 1, 2]);
		const after = memoryOf(1, 9, 0, 4, 0, 5);
		const pages = new PageComparison(base).changedPages(after);
		expect(pages).toEqual([1, 2, 3, 5]);
		const image = imageOf(after, pages);
		expect(image.memoryBytes).toBe(after.length);
		const restored = new Uint8Array(after.length);
		applyImage(restored, base);
		applyImage(restored, image);
		expect(restored).toEqual(after);
	});

	it('is empty when nothing changed', () => {
		const memory = memoryOf(1, 0);
		expect(new PageComparison(imageOf(memory, [0])).changedPages(memory)).toEqual([]);
	});
});

describe('checkpoints', () => {
	it('bring back memory as it was at each of them, whatever changed in between', () => {
		const random = randomFrom(7);
		const pick = (count: number) => Math.floor(random() * count);
		const snapshot = memoryOf(1, 2, 0, 3, 0, 0, 4, 5);
		const comparison = new PageComparison(imageOf(snapshot, [0, 1, 3, 6, 7]));
		const checkpoints = new Checkpoints(comparison);
		let memory = new Uint8Array(snapshot);
		for (let round = 0; round < 300; round++) {
			if (round % 50 === 49) {
				const larger = new Uint8Array(memory.length + 4 * PAGE);
				larger.set(memory);
				memory = larger;
			}
			for (let change = pick(4); change > 0; change--) {
				const page = pick(memory.length / PAGE);
				// Some pages become what they were in the snapshot.
				const content = pick(3) === 0 ? (snapshot[page * PAGE + PAGE - 1] ?? 0) : pick(256);
				memory[page * PAGE + PAGE - 1] = content;
			}
			const buffer = checkpoints.take(memory);
			if (!buffer) throw new Error('there is no checkpoint');
			const image = readImage(buffer.slice(0, usedBytes(buffer)));
			const restored = new Uint8Array(image.memoryBytes);
			restored.set(snapshot);
			applyImage(restored, image);
			expect(Buffer.compare(restored, memory)).toBe(0);
		}
	});

	it('leave the one before whole while the next is written', () => {
		const comparison = new PageComparison(imageOf(memoryOf(0, 0), []));
		const checkpoints = new Checkpoints(comparison);
		const first = checkpoints.take(memoryOf(1, 0));
		const held = first && Buffer.from(new Uint8Array(first));
		checkpoints.take(memoryOf(2, 7));
		expect(first && held && Buffer.compare(new Uint8Array(first), held)).toBe(0);
	});

	it('are not taken while the session is too large, and are again afterwards', () => {
		const comparison = new PageComparison(imageOf(memoryOf(0, 0, 0), []));
		const checkpoints = new Checkpoints(comparison, imageBytes(2));
		expect(checkpoints.take(memoryOf(1, 1, 1))).toBeUndefined();
		const buffer = checkpoints.take(memoryOf(0, 5, 0));
		if (!buffer) throw new Error('there is no checkpoint');
		expect([...readImage(buffer).pageNumbers]).toEqual([1]);
	});
});
