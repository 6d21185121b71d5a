import type { Generator, Made, MakeInput } from './made.ts';
import type { Random } from './random.ts';
import { THINGS } from './words.ts';

/** A function of a made-up program. */
interface Unit {
	readonly name: string;
	readonly calls: readonly string[];
	readonly factor: number;
}

interface Module {
	readonly path: string;
	readonly units: readonly Unit[];
}

const VERBS = ['load', 'store', 'count', 'merge', 'sort', 'pack', 'check', 'move', 'print', 'scan', 'split', 'clean'];
const FOLDERS = ['core', 'store', 'net', 'jobs', 'views', 'tools'];
/** Bytes of a function with its blank line, about. */
const UNIT_BYTES = 150;

/** Makes modules of about this many bytes. A function calls up to three functions of earlier ones. */
function modulesOf(random: Random, bytes: number): readonly Module[] {
	const names = unitNames(random, Math.max(8, Math.round(bytes / UNIT_BYTES)));
	const units: Unit[] = names.map((name, index) => ({
		name,
		factor: random.between(2, 99),
		// The second always calls the first, so that there is a call to ask about.
		calls: random.sample(
			names.slice(Math.max(0, index - 40), index),
			Math.min(index, index === 1 ? 1 : random.below(4)),
		),
	}));
	const perModule = units.length < 40 ? 3 : 8;
	const modules: Module[] = [];
	for (let start = 0; start < units.length; start += perModule) {
		const path = `${random.pick(FOLDERS)}/module_${String(modules.length + 1).padStart(3, '0')}.py`;
		modules.push({ path, units: units.slice(start, start + perModule) });
	}
	return modules;
}

function unitNames(random: Random, count: number): readonly string[] {
	const all = VERBS.flatMap((verb) => THINGS.map((thing) => `${verb}_${thing}`));
	const rounds = Math.ceil(count / all.length);
	const names = Array.from({ length: rounds }, (_, round) =>
		all.map((name) => (round === 0 ? name : `${name}_${round + 1}`)),
	);
	return random.sample(names.flat(), count);
}

function codeOf({ units }: Module, homes: ReadonlyMap<string, string>): string {
	const imported = [...new Set(units.flatMap(({ calls }) => calls))]
		.filter((name) => !units.some((unit) => unit.name === name))
		.map((name) => `from ${(homes.get(name) ?? '').replace('/', '.').replace(/\.py$/, '')} import ${name}`);
	const bodies = units.map(({ name, calls, factor }) => {
		const steps = calls.map((called) => `    total += ${called}(value)`);
		return [`def ${name}(value):`, `    total = value * ${factor}`, ...steps, '    return total'].join('\n');
	});
	return `${[...imported, ...(imported.length > 0 ? [''] : []), bodies.join('\n\n\n')].join('\n')}\n`;
}

function filesOf(modules: readonly Module[], folder = ''): Made['files'] {
	const homes = new Map(modules.flatMap(({ path, units }) => units.map(({ name }) => [name, path] as const)));
	return modules.map((module) => ({ path: `${folder}${module.path}`, text: codeOf(module, homes) }));
}

export const code: Generator = {
	about: 'where a function is defined, and who calls it',
	make: ({ random, bytes }: MakeInput): Made => {
		const modules = modulesOf(random, bytes);
		const files = filesOf(modules);
		const units = modules.flatMap((module) => module.units);
		const calledNames = new Set(units.flatMap(({ calls }) => calls));
		const called = random.pick(units.filter(({ name }) => calledNames.has(name)));
		if (random.chance(0.5)) {
			const home = modules.find((module) => module.units.includes(called));
			return {
				files,
				question: `Which file defines the function ${called.name}? Answer with its path.`,
				gold: [home?.path ?? ''],
				grader: { kind: 'paths' },
			};
		}
		const callers = units.filter(({ calls }) => calls.includes(called.name)).map(({ name }) => name);
		const among = units.map(({ name }) => name).filter((name) => name !== called.name);
		return {
			files,
			question: `Which functions call the function ${called.name}? List their names, separated by commas.`,
			gold: callers,
			grader: { kind: 'set', among },
		};
	},
};

/** Files that differ between the two trees. */
const CHANGED = 3;

export const codeDiff: Generator = {
	about: 'which files differ between two versions of a program',
	make: ({ random, bytes }: MakeInput): Made => {
		const before = modulesOf(random, bytes / 2);
		const changed = random.sample(before, Math.min(CHANGED, before.length - 1));
		const after = before.map((module) => (changed.includes(module) ? changedModule(module, random) : module));
		return {
			files: [...filesOf(before, 'before/'), ...filesOf(after, 'after/')],
			question:
				'Which files differ between the folders before and after? List the path of each below those folders, separated by commas.',
			gold: changed.map(({ path }) => path).sort(),
			grader: { kind: 'paths' },
		};
	},
};

function changedModule(module: Module, random: Random): Module {
	const index = random.below(module.units.length);
	const units = module.units.map((unit, at) => (at === index ? { ...unit, factor: unit.factor + 100 } : unit));
	return { ...module, units };
}
