import { InputError } from '../core/errors.ts';
import { createLog, type Log, type LogFormat, type LogLevel } from '../node/log.ts';
import { note } from './output.ts';

/** Options of every command that listens. */
export interface ServingOptions {
	readonly host: string;
	readonly port: number;
	readonly logLevel: LogLevel;
	readonly logFormat: LogFormat;
}

/** Creates the log, which writes to stderr. */
export function serverLog({ logLevel: level, logFormat: format }: ServingOptions): Log {
	return createLog({ level, format, write: note });
}

/** Minimum length of a token: shorter ones can be guessed. Characters. */
const TOKEN_CHARACTERS = 16;

/** Takes a token out of the environment, where nothing in this process needs it any more. @throws InputError */
export function takeToken(name: string): string {
	const token = process.env[name]?.trim() ?? '';
	delete process.env[name];
	if (token === '') {
		throw new InputError(`the environment variable ${name} is not set`, 'Set it, or leave --token-env out.');
	}
	if (token.length >= TOKEN_CHARACTERS && !/\s/.test(token)) return token;
	const problem = `the token in ${name} is shorter than ${TOKEN_CHARACTERS} characters or contains white space`;
	throw new InputError(problem, 'Create one with: openssl rand -hex 32');
}
