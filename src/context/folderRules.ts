import { type FileTree, readSmallFile } from './fileTree.ts';
import { openRepository, PATTERN_BYTES, type Repository } from './gitRepository.ts';
import { IGNORE_FILES, IgnoreRules } from './ignoreRules.ts';

/** Names of entries that define rules. */
const RULE_FILES: ReadonlySet<string> = new Set([...IGNORE_FILES, '.git']);

/** The rules for the entries of a folder. Paths are relative to the outermost folder whose ignore files count. */
export interface FolderRules {
	readonly rules: IgnoreRules;
	/** Repository of the folder, and the path of its root. */
	readonly repository: (Repository & { readonly path: string }) | undefined;
}

/** Rules inherited by a folder that is walked. */
export interface StartingRules extends FolderRules {
	/** Path of the folder. */
	readonly start: string;
}

/** Whether an entry is kept. Files tracked by git are kept even if its patterns ignore them. */
export async function isKept({ rules, repository }: FolderRules, path: string, isFolder: boolean): Promise<boolean> {
	const verdict = rules.decide(path, isFolder);
	if (verdict !== 'untracked' || !repository) return verdict === 'keep';
	const below = repository.path === '' ? path : path.slice(repository.path.length + 1);
	return (await repository.tracked()).has(below, isFolder);
}

/**
 * The rules inside a folder: the inherited ones, those of the repository that it may be, and its own ignore files.
 * @param names names of its entries; only those that define rules matter
 */
export async function rulesInside<Place>(
	tree: FileTree<Place>,
	place: Place,
	path: string,
	above: FolderRules,
	names: readonly string[],
): Promise<FolderRules> {
	const present = names.filter((name) => RULE_FILES.has(name));
	if (present.length === 0) return above;
	const opened = present.includes('.git') ? await openRepository(tree, place) : undefined;
	const rules = opened ? above.rules.inRepository(path, opened.patterns) : above.rules;
	const texts: Partial<Record<(typeof IGNORE_FILES)[number], string>> = {};
	for (const name of IGNORE_FILES) {
		if (present.includes(name)) texts[name] = await readSmallFile(tree, tree.child(place, name), PATTERN_BYTES);
	}
	return { rules: rules.within(path, texts), repository: opened ? { ...opened, path } : above.repository };
}

/**
 * The rules inherited by a folder: from the root of its repository, or from `outermost` if that is further up. An
 * ignored folder that was requested explicitly has only its own rules.
 */
export async function rulesAbove<Place>(
	tree: FileTree<Place>,
	root: Place,
	exclude: Readonly<Record<string, boolean>>,
	outermost: Place | undefined,
): Promise<StartingRules> {
	const above = await foldersAbove(tree, root, outermost);
	const names = above.map(({ name }) => name);
	const start = names.join('/');
	let inside: FolderRules = { rules: IgnoreRules.create(exclude, start), repository: undefined };
	for (const [depth, { place }] of above.entries()) {
		inside = await rulesInside(tree, place, names.slice(0, depth).join('/'), inside, [...RULE_FILES]);
		if (!(await isKept(inside, names.slice(0, depth + 1).join('/'), true))) {
			return { rules: IgnoreRules.create(exclude), repository: undefined, start: '' };
		}
	}
	return { ...inside, start };
}

/** A folder, and the name of its entry that leads to the walked folder. */
interface FolderAbove<Place> {
	readonly place: Place;
	readonly name: string;
}

/** The ancestors of a folder whose ignore files count, outermost first. */
async function foldersAbove<Place>(
	tree: FileTree<Place>,
	root: Place,
	outermost: Place | undefined,
): Promise<FolderAbove<Place>[]> {
	const top = outermost === undefined ? undefined : tree.pathOf(outermost);
	const climbed: FolderAbove<Place>[] = [];
	let counted = 0;
	let hasRepository = false;
	for (let place: Place | undefined = root; place !== undefined; ) {
		const path = tree.pathOf(place);
		const isRepository: boolean = !hasRepository && (await tree.stat(tree.child(place, '.git'))) !== undefined;
		hasRepository ||= isRepository;
		if (isRepository || path === top) counted = climbed.length;
		if (hasRepository && (top === undefined || !path.startsWith(`${top.replace(/\/$/, '')}/`))) break;
		const parent: Place | undefined = tree.parent(place);
		if (parent !== undefined) climbed.push({ place: parent, name: path.slice(path.lastIndexOf('/') + 1) });
		place = parent;
	}
	return climbed.slice(0, counted).reverse();
}
