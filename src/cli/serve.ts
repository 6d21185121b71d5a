import { stat } from 'node:fs/promises';
import { aborted } from '../core/abort.ts';
import { InputError } from '../core/errors.ts';
import { present } from '../core/present.ts';
import { startService } from '../service/http/service.ts';
import { openTracing } from '../telemetry/tracing.ts';
import { commandEngine } from './commandEngine.ts';
import { type ConfigOptions, loadConfiguration } from './config.ts';
import { print } from './output.ts';
import { EXIT } from './report.ts';
import { type ServingOptions, serverLog, takeToken } from './serving.ts';

/** Options of `rlm serve`. */
export interface ServeOptions extends ServingOptions, Pick<ConfigOptions, 'config' | 'trustConfig'> {
	/** Environment variable with the token that clients must send. */
	readonly tokenEnv?: string;
	/** Folder whose files clients may use as contexts. */
	readonly allowFiles?: string;
	readonly allowHost: readonly string[];
	readonly corsOrigin: readonly string[];
	/** Folder for journals. */
	readonly journal?: string;
	/** Maximum concurrent runs. */
	readonly maxRuns?: number;
	/** Memory for stored contexts. MB */
	readonly contextMb?: number;
}

/**
 * Serves the HTTP API until the signal fires.
 * @param version version of this program
 * @returns the exit code
 * @throws InputError, ConfigError for problems found before it listens
 */
export async function serve(options: ServeOptions, version: string, signal: AbortSignal): Promise<number> {
	const log = serverLog(options);
	const warn = (message: string) => log.warn(message);
	const token = options.tokenEnv === undefined ? undefined : takeToken(options.tokenEnv);
	const { allowFiles: filesFolder, journal: journalFolder } = options;
	if (filesFolder !== undefined) await requireFolder(filesFolder);
	const { settings, apiKey, requireKeys, notice } = await loadConfiguration(options, signal);
	requireKeys();
	log.info(notice);
	const tracing = await openTracing({ settings, env: process.env, version, log: warn });
	const journaled = journalFolder === undefined ? {} : { journalFolder };
	const engine = commandEngine({ settings, apiKey }, journalFolder, warn);
	try {
		const service = await startService({
			...{ host: options.host, port: options.port, token, engine, settings, version, tracing, log, ...journaled },
			allowedHosts: options.allowHost,
			allowedOrigins: options.corsOrigin,
			...present({
				filesFolder,
				executionLimits: options.maxRuns === undefined ? undefined : { running: options.maxRuns },
				contextLimits: options.contextMb === undefined ? undefined : { bytes: options.contextMb * (1 << 20) },
			}),
		});
		engine.warmUp();
		print(`rlm service on ${service.url}`);
		await aborted(signal);
		log.info('ending');
		await service.close();
		return EXIT.answered;
	} finally {
		await engine.dispose();
		await tracing?.close();
	}
}

/** @throws InputError */
async function requireFolder(folder: string): Promise<void> {
	const found = await stat(folder).catch(() => undefined);
	if (!found?.isDirectory()) throw new InputError(`--allow-files ${folder} is not a folder`);
}
