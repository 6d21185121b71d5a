import { readdirSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../core/errors.ts';
import { nearNames } from '../core/nearNames.ts';

/** Builds the error for a missing file that was named; the hint lists existing files with similar names. */
export function noSuchFile(file: string): InputError {
	const near = nearPaths(file);
	return new InputError(
		`there is no file ${file}`,
		near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `rlm looked in ${path.dirname(path.resolve(file))}.`,
	);
}

/** Lists similar names in the deepest existing folder of the path. */
function nearPaths(missing: string): string[] {
	const folder = path.dirname(missing);
	try {
		return nearNames(path.basename(missing), readdirSync(folder)).map((name) => path.join(folder, name));
	} catch {
		return folder === missing ? [] : nearPaths(folder);
	}
}
