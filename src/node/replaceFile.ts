import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes a file as a whole: whoever reads it meanwhile sees the old content or the new. A link in its place is replaced,
 * not followed.
 * @param mode of the file
 */
export async function replaceFile(file: string, content: string, mode = 0o666): Promise<void> {
	const draft = `${file}.${randomUUID()}`;
	try {
		await writeFile(draft, content, { mode, flag: 'wx' });
		await rename(draft, file);
	} catch (error) {
		await rm(draft, { force: true });
		throw error;
	}
}
