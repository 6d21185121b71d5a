// Compiles the bundled Python packages with our own interpreter: what stands in a snapshot has to fit it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Vault, type VaultAssets } from '../src/sandbox/guest/vault.ts';
import { type PythonPackage, packageInputs, readPackages, sourcesOf } from './python-packages.ts';
import { builderPort } from './vault-port.ts';

const COMPILER = join(import.meta.dirname, '../src/sandbox/python/snapshot/compile_packages.py');

/** What the compiler says of a package, and the runtime needs to know. */
export interface BundledPackage {
	readonly name: string;
	readonly version: string;
	readonly module: string;
	/** Whether prompts name it; false for what is there because another package needs it. */
	readonly isNamed: boolean;
	/** Length of its packed code, bytes. */
	readonly bytes: number;
}

export interface PythonBundle {
	/** In the order of their code in `payload`. */
	readonly packages: readonly BundledPackage[];
	readonly payload: Uint8Array;
}

/** Files that the bundle is made from. */
export function bundleInputs(): string[] {
	return [...packageInputs, COMPILER, import.meta.filename];
}

/** Compiles and packs all packages. @throws SetupError when they cannot be fetched, Error when one does not compile */
export async function bundlePackages(assets: VaultAssets): Promise<PythonBundle> {
	const packages = readPackages();
	const messages: string[] = [];
	let bundle: PythonBundle | undefined;
	const port = builderPort(new Uint8Array(), messages, ({ header, payload }) => {
		bundle = { packages: (header as Pick<PythonBundle, 'packages'>).packages, payload: payload.slice() };
	});
	const vault = await Vault.open(assets, { memoryBytes: 512 << 20 }, port, []);
	const sources = packages.map((entry) => ({ ...described(entry), files: sourcesOf(entry) }));
	// A text in JSON is a text in Python.
	const argument = JSON.stringify(JSON.stringify(sources));
	const isCompiled = vault.run(`${readFileSync(COMPILER, 'utf8')}\npack(json.loads(${argument}))\n`);
	if (!isCompiled || !bundle) throw new Error(`the bundled Python packages do not compile:\n${messages.join('\n')}`);
	return bundle;
}

function described({ name, version, module, neededBy }: PythonPackage) {
	return { name, version, module, isNamed: neededBy === undefined };
}
