import { oneLine, printableJson } from '../core/printable.ts';

/** Verbosity of a log: each level includes those before it. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `text` for people, `json` for programs: one object per line. */
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Named facts of an entry. Never a key, a question, a prompt or a text. */
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** The log of a long-running program. */
export type Log = Readonly<Record<LogLevel, (message: string, facts?: LogFacts) => void>>;

/** A log that discards everything. */
export const NO_LOG: Log = { error() {}, warn() {}, info() {}, debug() {} };

export interface LogOptions {
	readonly level: LogLevel;
	readonly format: LogFormat;
	/** Writes an entry. `text` indents all lines but the first. */
	readonly write: (entry: string) => void;
}

/** A log that writes entries up to a level. */
export function createLog({ level, format, write }: LogOptions): Log {
	const entry = format === 'json' ? jsonEntry : textEntry;
	const writer = (name: LogLevel) =>
		LOG_LEVELS.indexOf(name) > LOG_LEVELS.indexOf(level)
			? () => {}
			: (message: string, facts: LogFacts = {}) => write(entry(new Date().toISOString(), name, message, facts));
	return { error: writer('error'), warn: writer('warn'), info: writer('info'), debug: writer('debug') };
}

function jsonEntry(time: string, level: LogLevel, message: string, facts: LogFacts): string {
	return printableJson({ time, level, message, ...facts });
}

/** `2026-11-30T12:00:00.000Z info  request method=GET path=/status status=200 ms=3 bytes=512` */
function textEntry(time: string, level: LogLevel, message: string, facts: LogFacts): string {
	const known = Object.entries(facts).filter(([, value]) => value !== undefined);
	const shown = known.map(([name, value]) => ` ${name}=${typeof value === 'string' ? quoted(value) : value}`);
	return `${time} ${level.padEnd(5)} ${message.trimEnd().replaceAll('\n', '\n    ')}${shown.join('')}`;
}

/** Quotes a value that would be ambiguous as it stands. */
function quoted(value: string): string {
	return /^[^\s"=]+$/.test(value) ? oneLine(value) : printableJson(oneLine(value));
}
