import { InvalidArgumentError } from 'commander';
import { kindOf, SERVER_KINDS } from '../models/kinds.ts';

// Readers of arguments, for all commands.

/** What a command does. @returns the exit code */
type Action = (signal: AbortSignal) => Promise<number>;

/** Carries out a command and keeps its exit code. */
export type Perform = (action: Action) => Promise<void>;

/** Providers that the command line may name. */
export const PROVIDERS = SERVER_KINDS.filter((kind) => kindOf(kind).place !== 'editor');

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[]): string[] {
	return [...previous, value];
}

/** Parses a whole number above 0. */
export function wholeNumber(text: string): number {
	const value = Number(text);
	if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
		throw new InvalidArgumentError('It must be a whole number, 1 or more.');
	}
	return value;
}

/** Parses a port; 0 is any free one. */
export function portNumber(text: string): number {
	const value = Number(text);
	if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('It must be a port: 0 to 65535.');
	return value;
}

/** Parses seconds within the range of a timer. */
export function timerSeconds(text: string): number {
	const value = wholeNumber(text);
	if (value > 2_147_483) throw new InvalidArgumentError('It must be at most 2147483 (24 days).');
	return value;
}

/** Parses a number above 0. */
export function positiveNumber(text: string): number {
	const value = Number(text);
	if (text.trim() === '' || !(value > 0) || !Number.isFinite(value)) {
		throw new InvalidArgumentError('It must be a number above 0.');
	}
	return value;
}

/** Bytes of each unit. */
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 * 1024 };

/** Collects sizes such as `2k`, `512k` and `2m`. Bytes. */
export function collectSize(text: string, previous: readonly number[]): number[] {
	const [, digits = '', unit = ''] = /^(\d+)([km]?)b?$/i.exec(text) ?? [];
	const bytes = Number(digits) * (UNITS[unit.toLowerCase()] ?? 1);
	if (bytes < 512 || bytes > 64 * 1024 * 1024) {
		throw new InvalidArgumentError('It must be a size between 512 and 64m, like 2k, 512k or 2m.');
	}
	return [...previous, bytes];
}
