import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { CancelledError, InputError } from '../core/errors.ts';
import { oneLine } from '../core/printable.ts';
import type { Settings } from '../settings/settings.ts';
import type { FoundConfig } from './configFile.ts';
import { reachOf } from './destinations.ts';
import { note, tell } from './output.ts';
import type { TrustStore } from './trustStore.ts';

/** How trust in a file is settled. */
export interface TrustOptions {
	/** The user has said beforehand that the file of the folder is fine. */
	readonly isGiven: boolean;
	readonly store: TrustStore;
	/** Asks the person at the terminal; absent where there is none. @throws CancelledError */
	readonly ask: ((question: string) => Promise<boolean>) | undefined;
}

/**
 * Makes sure that a configuration may be used. One that merely lies in the folder may have come with a stranger's files,
 * and decides where texts and keys go: it is used after it was shown and confirmed, once for each content.
 * @throws InputError when it is not trusted, CancelledError
 */
export async function requireTrust(file: FoundConfig, settings: Settings, options: TrustOptions): Promise<void> {
	if (file.origin !== 'folder' || options.isGiven) return;
	const entry = { path: realpathSync(file.path), hash: createHash('sha256').update(file.text).digest('hex') };
	if (options.store.has(entry)) return;
	const reach = reachOf(settings);
	if (!options.ask) throw notTrusted(file, reach);
	tell(`${oneLine(file.path)} lies in this folder and was not confirmed yet. With it, rlm reaches`);
	for (const line of reach) note(`     ${line}`);
	if (!(await options.ask('Use this configuration from now on, until it changes?'))) throw notTrusted(file, reach);
	await options.store.add(entry).catch((error: unknown) => {
		tell(`this cannot be remembered: ${error instanceof Error ? error.message : error}`);
	});
}

function notTrusted({ path }: FoundConfig, reach: readonly string[]): InputError {
	return new InputError(
		`${oneLine(path)} lies in this folder and is not trusted. It would make rlm reach\n${reach.map((line) => `     ${line}`).join('\n')}`,
		'Read it. Then confirm it on a terminal, pass --trust-config, or name the file that you want with --config.',
	);
}

/** Asks on the terminal; undefined where nobody sits at one. */
export function terminalQuestion(
	input: NodeJS.ReadStream,
	output: NodeJS.WriteStream,
	signal: AbortSignal,
): TrustOptions['ask'] {
	if (!input.isTTY || !output.isTTY) return undefined;
	return async (question) => {
		const lines = createInterface({ input, output });
		try {
			return /^\s*y(es)?\s*$/i.test(await lines.question(`     ${question} [y/N] `, { signal }));
		} catch {
			throw new CancelledError();
		} finally {
			lines.close();
		}
	};
}
