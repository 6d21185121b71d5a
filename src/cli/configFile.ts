import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import {
	findNodeAtLocation,
	getNodeValue,
	type Node,
	type ParseError,
	parseTree,
	printParseErrorCode,
} from 'jsonc-parser';
import { ConfigError, codeOf, reasonOf } from '../core/errors.ts';
import { noSuchFile } from './nearPaths.ts';

/** A parsed configuration file, with a way to find where a field stands in it. */
export interface ConfigFile {
	readonly path: string;
	readonly value: unknown;
	/** Adds the line and column of its field to an error. */
	locate(error: ConfigError): ConfigError;
}

/** A configuration file and how it was chosen. */
export interface FoundConfig extends ConfigFile {
	/** `named` on the command line, the `user`'s own, or found in the `folder`. */
	readonly origin: 'named' | 'folder' | 'user';
	readonly text: string;
}

/** Size of a configuration file, at most. */
const CONFIG_BYTES = 1 << 20;

/** Name of the configuration file of a folder. */
const CONFIG_NAME = 'rlm.config.json';

/** Returns where a configuration is looked for when none is named: the folder first, then the user's own. */
export function configPlaces(folder: string, env: NodeJS.ProcessEnv): Readonly<Record<'folder' | 'user', string>> {
	const set = process.platform === 'win32' ? env.APPDATA : env.XDG_CONFIG_HOME;
	// A relative path would turn a file of the folder into the user's own.
	const home = set && path.isAbsolute(set) ? set : path.join(homedir(), '.config');
	return { folder: path.join(folder, CONFIG_NAME), user: path.join(home, 'rlm', 'config.json') };
}

/**
 * Reads the named configuration file, or the first that exists.
 * @returns undefined when none is named and none exists
 * @throws InputError when the named file does not exist, ConfigError with line and column when a file is not JSON
 */
export function readConfigFile(
	named: string | undefined,
	folder: string,
	env: NodeJS.ProcessEnv,
): FoundConfig | undefined {
	if (named !== undefined) {
		const file = readOne(path.resolve(folder, named), 'named');
		if (!file) throw noSuchFile(named);
		return file;
	}
	const places = configPlaces(folder, env);
	return readOne(places.folder, 'folder') ?? readOne(places.user, 'user');
}

function readOne(file: string, origin: FoundConfig['origin']): FoundConfig | undefined {
	let text: string;
	try {
		if (origin === 'folder') requireSmallFile(file);
		text = readFileSync(file, 'utf8');
	} catch (error) {
		const code = codeOf(error);
		if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
		throw new ConfigError(file, '', `cannot be read: ${reasonOf(error)}`);
	}
	return { ...parseConfig(file, text), origin, text };
}

/** A link of the folder can lead to a device that never ends. @throws Error */
function requireSmallFile(file: string): void {
	const found = statSync(file);
	if (!found.isFile() || found.size > CONFIG_BYTES) throw new Error('it is no file of the size of a configuration');
}

/** @throws ConfigError with line and column when the text is not JSON with comments */
export function parseConfig(file: string, text: string): ConfigFile {
	const errors: ParseError[] = [];
	const root = parseTree(text, errors, { allowTrailingComma: true });
	const [error] = errors;
	if (error || !root) {
		const problem = error ? wordsOf(printParseErrorCode(error.error)) : 'it is empty';
		throw new ConfigError(placeOf(file, text, error?.offset ?? 0), '', `not valid JSON: ${problem}`);
	}
	return {
		path: file,
		value: getNodeValue(root),
		locate: ({ message, where, field, hint }) => {
			const problem = message.slice(`${where}: ${field ? `${field}: ` : ''}`.length);
			return new ConfigError(placeOf(file, text, offsetOf(root, field)), field, problem, hint);
		},
	};
}

/** Turns `ValueExpected` into `value expected`. */
function wordsOf(code: string): string {
	return code.replace(/(?<=.)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}

function placeOf(file: string, text: string, offset: number): string {
	const before = text.slice(0, offset).split('\n');
	return `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/** Returns the offset of a field; for a missing field, that of its nearest existing parent. */
function offsetOf(root: Node, field: string): number {
	const segments = [...field.matchAll(/[^.[\]"]+/g)].map(([name]) => (/^\d+$/.test(name) ? Number(name) : name));
	for (let length = segments.length; length > 0; length--) {
		const node = findNodeAtLocation(root, segments.slice(0, length));
		if (node) return node.offset;
	}
	return root.offset;
}
