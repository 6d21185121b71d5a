import { readFileSync } from 'node:fs';

import path from 'node:path';
import * as v from 'valibot';
import { makeFolder } from '../node/makeFolder.ts';
import { replaceFile } from '../node/replaceFile.ts';

/** A file and the content that was confirmed. */
export interface TrustedFile {
	/** Absolute, with links resolved. */
	readonly path: string;
	/** SHA-256 of its bytes. */
	readonly hash: string;
}

/** Remembers the configurations that the user confirmed. */
export interface TrustStore {
	has(file: TrustedFile): boolean;
	/** Remembers a file, in place of any earlier content. */
	add(file: TrustedFile): Promise<void>;
}

const schema = v.object({ version: v.literal(1), trusted: v.record(v.string(), v.string()) });

/** Keeps the store in a file of the user's data folder; a missing or damaged file trusts nothing. */
export function createTrustStore(file: string): TrustStore {
	return {
		has: ({ path: name, hash }) => read(file).get(name) === hash,
		async add({ path: name, hash }) {
			const trusted = read(file).set(name, hash);
			await makeFolder(path.dirname(file), 0o700);
			await replaceFile(file, JSON.stringify({ version: 1, trusted: Object.fromEntries(trusted) }), 0o600);
		},
	};
}

function read(file: string): Map<string, string> {
	try {
		const parsed = v.safeParse(schema, JSON.parse(readFileSync(file, 'utf8')));
		return new Map(parsed.success ? Object.entries(parsed.output.trusted) : []);
	} catch {
		return new Map();
	}
}
