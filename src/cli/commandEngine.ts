import { processScript, vaultFolder, workerScript } from '../assets.ts';
import { present } from '../core/present.ts';
import { createEngine, type Engine } from '../engine.ts';
import type { Configuration } from './config.ts';
import { userLedger } from './usage.ts';

/**
 * Creates the engine of a command, with what is built beside this program and the user's record of usage.
 * @param log takes one warning a call
 */
export function commandEngine(
	{ settings, apiKey }: Pick<Configuration, 'settings' | 'apiKey'>,
	journalFolder: string | undefined,
	log: (message: string) => void,
): Engine {
	const ledger = userLedger((error) => log(`cannot record usage: ${error.message}`));
	return createEngine(
		present({ settings, apiKey, vaultFolder, workerScript, processScript, journalFolder, ledger, log }),
	);
}
