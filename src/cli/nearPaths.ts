import { readdirSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../core/errors.ts';
import { nearNames } from '../core/nearNames.ts';

/** The error for a file that was named and is not there; its hint names files that are and look alike. */
export function noSuchFile(file: string): InputError {
	const near = nearPaths(file);
	return new InputError(
		`there is no file ${file}`,
		near.length > 0
			? `Did you mean ${near.join(' or ')}?`
			: `It was looked for in ${path.dirname(path.resolve(file))}.`,
	);
}

/** Entries of the deepest folder of the path that exists, with names like the one that is missing there. */
function nearPaths(missing: string): string[] {
	const folder = path.dirname(missing);
	try {
		return nearNames(path.basename(missing), readdirSync(folder)).map((name) => path.join(folder, name));
	} catch {
		return folder === missing ? [] : nearPaths(folder);
	}
}
