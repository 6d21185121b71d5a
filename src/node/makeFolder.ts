import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a folder, and those above it that are missing. Node's own way tries for ever where a system says that something
 * is missing although all folders above are there, as Linux does below /proc.
 * @param mode of the folders that are made
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
	try {
		await makeOne(folder, mode);
	} catch (error) {
		const above = path.dirname(folder);
		if (!isCode(error, 'ENOENT') || above === folder) throw error;
		await makeFolder(above, mode);
		await makeOne(folder, mode);
	}
}

async function makeOne(folder: string, mode: number): Promise<void> {
	try {
		await mkdir(folder, { mode });
	} catch (error) {
		if (!isCode(error, 'EEXIST') || !(await stat(folder)).isDirectory()) throw error;
	}
}

function isCode(error: unknown, code: string): boolean {
	return error instanceof Error && 'code' in error && error.code === code;
}
