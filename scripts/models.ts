// npm run models                        lists the real servers and models, and fetches those that are missing
// npm run models -- list                only lists them
// npm run models -- fetch NAME...       fetches some
// npm run models -- serve NAME... [--port P] [--slots N] [--window W] [--threads T] [--key K] [--gpu] [--verbose]
// docs/real-models.md has more.
import { parseArgs } from 'node:util';
import { fetchModel, fetchServer, isThere, modelsCache, PARTS } from './models/catalogue.ts';
import { startServer } from './models/server.ts';
import { endWithAdvice, SetupError } from './pip.ts';

/** Where llama.cpp listens when nobody says otherwise, and where `rlm` looks for it. */
const USUAL_PORT = 8080;
const LOAD_MS = 300_000;

function list(): void {
	console.log(`in ${modelsCache}`);
	for (const part of PARTS) {
		const size = `${(part.size / 1e6).toFixed(0)} MB`.padStart(8);
		console.log(`${part.name.padEnd(13)}${size}  ${isThere(part) ? 'here   ' : 'missing'}  ${part.title}`);
	}
}

function fetchParts(names: readonly string[]): void {
	const unknown = names.find((name) => !PARTS.some((part) => part.name === name));
	if (unknown !== undefined)
		throw new SetupError(`There is no "${unknown}" here; there are: ${PARTS.map(({ name }) => name).join(', ')}.`);
	for (const part of PARTS.filter(({ name }) => names.includes(name)))
		console.log(part.kind === 'model' ? fetchModel(part) : fetchServer(part));
}

async function serve(args: readonly string[]): Promise<void> {
	const { values, positionals } = readArguments(args);
	const count = (name: 'port' | 'slots' | 'window' | 'threads' | 'loaded') => wholeNumber(name, values[name]);
	const { key, gpu, verbose } = values;
	const server = await startServer({
		models: positionals,
		port: count('port') ?? USUAL_PORT,
		...defined({ slots: count('slots'), window: count('window'), threads: count('threads'), loaded: count('loaded') }),
		...(key === undefined ? {} : { key }),
		gpu: gpu ?? false,
		...(verbose ? { log: (text: string) => process.stderr.write(text) } : {}),
	});
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void server.kill());
	await server.ready(AbortSignal.timeout(LOAD_MS));
	console.log(server.url);
	await server.gone;
}

function readArguments(args: readonly string[]) {
	const text = { type: 'string' } as const;
	const flag = { type: 'boolean' } as const;
	try {
		return parseArgs({
			args: [...args],
			allowPositionals: true,
			options: {
				...{ port: text, slots: text, window: text, threads: text, loaded: text, key: text },
				...{ gpu: flag, verbose: flag },
			},
		});
	} catch (error) {
		throw new SetupError((error as Error).message);
	}
}

function wholeNumber(name: string, value: string | undefined): number | undefined {
	if (value === undefined) return undefined;
	if (!/^\d{1,7}$/.test(value) || Number(value) === 0)
		throw new SetupError(`--${name} has to be a whole number, not "${value}".`);
	return Number(value);
}

function defined(values: Readonly<Record<string, number | undefined>>): Record<string, number> {
	return Object.fromEntries(
		Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== undefined),
	);
}

const [task = 'all', ...args] = process.argv.slice(2);
try {
	if (task === 'all') fetchParts(PARTS.map(({ name }) => name));
	if (task === 'all' || task === 'list') list();
	else if (task === 'fetch') fetchParts(args);
	else if (task === 'serve') await serve(args);
	else throw new SetupError(`There is no "${task}"; there are: list, fetch, serve.`);
} catch (error) {
	endWithAdvice(error);
}
