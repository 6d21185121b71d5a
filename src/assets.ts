import { fileURLToPath } from 'node:url';

/** Folder of the built files. This module runs from it when bundled, and from src/ in tests and scripts. */
const dist = new URL(import.meta.url.endsWith('.ts') ? '../dist/' : './', import.meta.url);

/** Folder of the sandbox's Python interpreter and its memory snapshot. */
export const vaultFolder: string = fileURLToPath(new URL('vault/', dist));

/** Texts of the official RLM package. */
export const officialFormatFile: string = fileURLToPath(new URL('official.json', dist));

/** Entry of a sandbox process: one file that is always built, so that the process needs no other file of ours. */
export const processScript: string = fileURLToPath(new URL('sandboxProcess.mjs', dist));

/** Entry of the sandbox's worker thread. */
export const workerScript: URL = entry('sandbox/guest/worker.ts', 'sandboxWorker.js');

/** Entry of a thread that works on outside data. */
export const computeScript: URL = entry('compute/worker.ts', 'computeWorker.js');

/** An entry's source when we run from sources, else its bundle. */
function entry(source: string, bundle: string): URL {
	return import.meta.url.endsWith('.ts') ? new URL(source, import.meta.url) : new URL(bundle, dist);
}
