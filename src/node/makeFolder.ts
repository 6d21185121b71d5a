import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../core/errors.ts';

/**
 * Creates a folder and its missing parents. Node's own recursive `mkdir` loops forever when a system reports a missing
 * entry although all parents exist, as Linux does below /proc.
 * @param mode of the created folders
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
	try {
		await makeOne(folder, mode);
	} catch (error) {
		const above = path.dirname(folder);
		if (codeOf(error) !== 'ENOENT' || above === folder) throw error;
		await makeFolder(above, mode);
		await makeOne(folder, mode);
	}
}

async function makeOne(folder: string, mode: number): Promise<void> {
	try {
		await mkdir(folder, { mode });
	} catch (error) {
		if (codeOf(error) !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error;
	}
}
