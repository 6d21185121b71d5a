import { describe, expect, it } from 'vitest';
import {
	applyImage,
	imageBytes,
	PageComparison,
	readImage,
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
