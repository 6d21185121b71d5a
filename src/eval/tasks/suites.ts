import { GENERATED_KINDS } from '../generate/generators.ts';
import { type GeneratedTask, generatedTask } from './task.ts';

const KB = 1024;
const MB = 1024 * KB;

/** A collection of generated tasks. */
interface Suite {
	readonly about: string;
	readonly tasks: () => readonly GeneratedTask[];
}

/** Every kind at every size, with these seeds. */
function grid(sizes: readonly number[], seeds: readonly number[]): readonly GeneratedTask[] {
	return sizes.flatMap((bytes) =>
		GENERATED_KINDS.flatMap((kind) => seeds.map((seed) => generatedTask({ kind, seed, bytes }))),
	);
}

/** Every kind once, at sizes that take turns. */
function turns(sizes: readonly number[], seed: number): readonly GeneratedTask[] {
	return GENERATED_KINDS.map((kind, index) =>
		generatedTask({ kind, seed, bytes: sizes[index % sizes.length] ?? 2 * KB }),
	);
}

export const SUITES: Readonly<Record<string, Suite>> = {
	small: {
		about: '12 tasks: every kind once, 2 to 32 KB, and a needle in 128 KB',
		tasks: () => [...turns([2 * KB, 8 * KB, 32 * KB], 1), generatedTask({ kind: 'needle', seed: 1, bytes: 128 * KB })],
	},
	medium: {
		about: '44 tasks: every kind at 2, 8, 32 and 128 KB',
		tasks: () => grid([2 * KB, 8 * KB, 32 * KB, 128 * KB], [1]),
	},
	full: {
		about: '132 tasks: every kind twice at 2, 8, 32, 128 and 512 KB and 2 MB',
		tasks: () => grid([2 * KB, 8 * KB, 32 * KB, 128 * KB, 512 * KB, 2 * MB], [1, 2]),
	},
};

export const SUITE_NAMES = Object.keys(SUITES);
