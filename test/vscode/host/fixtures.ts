import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const RETRY = `/** Calls a server again when it fails. */
export const MAX_RETRIES = 4;

export async function retry(work: () => Promise<string>): Promise<string> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await work();
		} catch (error) {
			if (attempt > MAX_RETRIES) throw error;
		}
	}
}
`;

const NOTES = Array.from({ length: 400 }, (_, index) => {
	const line = index + 1;
	return line === 311 ? 'ERROR 7411: the reactor lid is open' : `line ${line}: all quiet on the deck`;
}).join('\n');

/** The files of the workspace that the tests ask about. */
const FILES: Readonly<Record<string, string | Uint8Array>> = {
	'src/retry.ts': RETRY,
	'src/größe und maß.ts': '// A name with spaces and umlauts.\nexport const WIDTH = 1234;\n',
	'notes.txt': `${NOTES}\n`,
	'README.md': '# Deck\n\nThe captain of the deck is Ada Marlow.\n',
	'logo.bin': new Uint8Array([0, 1, 2, 3, 0, 255]),
	'.gitignore': 'build/\n*.secret\n',
	'keys.secret': 'do not read\n',
	'build/out.txt': 'generated\n',
};

/** Writes the workspace into a new folder and returns the folder. */
export function writeWorkspace(folder: string): string {
	for (const [name, content] of Object.entries(FILES)) {
		mkdirSync(dirname(join(folder, name)), { recursive: true });
		writeFileSync(join(folder, name), content);
	}
	return folder;
}

/** Two folders, and a workspace file that opens both. Returns the path of the workspace file. */
export function writeMultiRootWorkspace(folder: string): string {
	writeWorkspace(join(folder, 'deck'));
	mkdirSync(join(folder, 'engine'));
	writeFileSync(join(folder, 'engine', 'valves.txt'), 'valve 1: open\nvalve 2: closed\nvalve 3: stuck since Tuesday\n');
	const file = join(folder, 'ship.code-workspace');
	writeFileSync(file, JSON.stringify({ folders: [{ path: 'deck' }, { path: 'engine' }] }));
	return file;
}
