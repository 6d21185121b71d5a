import { RUNTIME } from '../support/runtimeModules.ts';

/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Dice {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
	}

	/** From 0 up to, but not including, 1. */
	next(): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/** A whole number from 0 up to, but not including, `end`. */
	below(end: number): number {
		return Math.floor(this.next() * end);
	}

	pick<T>(choices: readonly [T, ...T[]]): T {
		return choices[this.below(choices.length)] ?? choices[0];
	}
}

/** What an attempt goes for: finding any of it used is an escape. */
export interface Targets {
	/** A path that does not exist. */
	readonly proofPath: string;
	/** A port of this machine that listens. */
	readonly port: number;
	/** Process of the host. */
	readonly pid: number;
}

type Rule = (dice: Dice, targets: Targets) => string;

const MODULES = [
	...['os', 'posix', 'sys', '_imp', 'builtins', 'gc', 'ctypes', '_ctypes', 'socket', '_socket', 'subprocess', 'signal'],
	...['_signal', 'marshal', 'types', '_thread', 'threading', 'multiprocessing', 'importlib', 'mmap', 'fcntl', 'select'],
	...['js', 'pyodide', 'pyodide_js', '_pyodide_core', '_pyodide', 'io', '_io', 'pty', 'resource', '_posixsubprocess'],
	...['faulthandler', 'inspect', 'code', 'runpy', 'zipimport', 'pickle', 'sqlite3', 'tempfile', 'shutil', 'asyncio'],
	...['time', 'random', '_random', 'struct', 'array', 'weakref', 'ast', 'dis', 'opcode', '_testcapi', '_interpreters'],
] as unknown as [string, ...string[]];

const ATTRIBUTES: [string, ...string[]] = [
	...(['__class__', '__globals__', '__builtins__', '__subclasses__', '__base__', '__mro__', '__dict__'] as const),
	...(['__code__', '__closure__', '__self__', '__loader__', '__spec__', 'f_globals', 'f_back', 'gi_frame'] as const),
	...(['constructor', '__init__', '__reduce_ex__', '__func__', 'tb_frame', '__wrapped__', 'modules'] as const),
];

const STARTS: [string, ...string[]] = [
	...(['FINAL', 'llm_query', 'files', 'grep', 'answer', 'memory', 'print', 'object', '()', '""'] as const),
	...(['(lambda: 0)', 'type', 'sys._getframe()', '__import__', 'sys.modules', 'sys.meta_path', 'sys.stdout'] as const),
];

const OPERATIONS: [string, ...string[]] = [
	...(['ready', 'result', 'checkpoint', 'violation', 'crashed', 'log', 'submit', 'cancel', 'wait', 'budget'] as const),
	...(['tool', 'output', 'sleep', 'file', 'text', 'grep', 'search', 'outline', 'chunks', '__proto__'] as const),
];

const value: Rule = (dice, { proofPath, port, pid }) =>
	dice.pick([
		...([
			'0',
			'-1',
			'1',
			'2**31',
			'2**32 - 1',
			'-2**63',
			'10**30',
			'None',
			'True',
			'""',
			'b""',
			'[]',
			'{}',
			'()',
		] as const),
		...([
			'"x" * 100_000',
			'bytes(70_000)',
			'float("nan")',
			'"\\ud800"',
			'"\\0"',
			'object()',
			'print',
			'range(10)',
		] as const),
		...(['"__proto__"', '"constructor"', '"/dev/rlm"', '"/proc/self/environ"', '"/etc/passwd"', '"../../.."'] as const),
		JSON.stringify(proofPath),
		JSON.stringify(`touch ${proofPath}`),
		`("127.0.0.1", ${port})`,
		String(pid),
		'1000',
		'memoryview(bytearray(99))',
	]);

const values: Rule = (dice, targets) => Array.from({ length: dice.below(4) }, () => value(dice, targets)).join(', ');

/** Any function of any module, found at run time, with any arguments. */
const callOfModule: Rule = (dice, targets) => {
	const module = dice.pick(MODULES);
	return `m = importlib.import_module('${module}')\nn = sorted(dir(m))\nprint(getattr(m, n[${dice.below(400)} % len(n)])(${values(dice, targets)}))`;
};

const walk: Rule = (dice, targets) => {
	let expression = dice.pick(STARTS);
	for (let step = dice.below(7); step > 0; step--) {
		expression = dice.pick([
			`getattr(${expression}, '${dice.pick(ATTRIBUTES)}')`,
			`${expression}.${dice.pick(ATTRIBUTES)}`,
			`list(${expression})[${dice.below(300)} % len(list(${expression}))]`,
			`${expression}(${values(dice, targets)})`,
			`${expression}['${dice.pick(['send', 'js', 'os', 'posix', 'eval', '__builtins__', '_COMMANDS', 'session'])}']`,
		]);
	}
	return dice.pick([`print(repr(${expression})[:300])`, `x = ${expression}`, `del ${expression}`]);
};

const forgedFrame: Rule = (dice, targets) => {
	const header = JSON.stringify({
		op: dice.pick(OPERATIONS),
		request: dice.below(5),
		ids: [dice.below(5)],
		needsAll: dice.next() < 0.5,
		timeoutMs: dice.pick([0, 10, null]),
		ms: 5,
		name: dice.pick(['constructor', '__proto__', 'x']),
		stream: 'stdout',
		calls: [{ id: dice.below(9), kind: 'llm', promptBytes: dice.below(9) }],
		layers: [],
	});
	const payload = value(dice, targets);
	const bytes = `h = ${JSON.stringify(header)}.encode()\np = str(${payload}).encode('utf-8', 'replace')\n`;
	const lie = dice.pick(['0', '0', '0', '1', '-1', '2**20', '2**31']);
	return `${bytes}os.write(1000, struct.pack('<II', len(h), max(0, len(p) + ${lie})) + h + p)\nprint(os.read(1000, 1000))`;
};

const privateSend: Rule = (dice, targets) =>
	`runtime['${dice.pick(['send', 'ask', 'receive', 'session', '_COMMANDS'])}'](${JSON.stringify(dice.pick(OPERATIONS))}, ${values(dice, targets)})`;

const sabotage: Rule = (dice, targets) =>
	dice.pick([
		`import builtins\nbuiltins.${dice.pick(['len', 'print', 'isinstance', '__import__', 'open', 'repr', 'str'])} = ${value(dice, targets)}`,
		`sys.modules['${dice.pick(MODULES)}'] = ${value(dice, targets)}`,
		`for k in list(runtime)[${dice.below(150)}:${dice.below(200)}]: runtime[k] = ${value(dice, targets)}`,
		'sys.modules.clear()',
		'globals().clear()',
		`sys.setrecursionlimit(${dice.pick([5, 50, 10 ** 6, 2 ** 31 - 1])})`,
		'sys.settrace(lambda *a: None)',
		'sys.stdout = sys.stderr = None',
		`for o in gc.get_objects()[${dice.below(9000)}::${1 + dice.below(997)}]:\n    try: o.clear()\n    except Exception: pass`,
	]);

const growth: Rule = (dice) =>
	dice.pick([
		`x = bytearray(10 ** ${dice.below(11)})`,
		`x = [bytearray(10 ** 6)] * ${dice.below(10 ** 6)}`,
		`print('y' * 10 ** ${dice.below(8)})`,
		`for i in range(${dice.below(3000)}): print(i)`,
		`for i in range(${dice.below(800)}): open(f'f{i}', 'w').write('z' * ${dice.below(3000)})`,
		`x = []\nfor i in range(${dice.below(200_000)}): x = [x]\nprint(len(repr(x)))`,
		'def f(): return f()\nf()',
		`print(len(llm_query_batched(['q'] * ${dice.below(200)})))`,
		`x = 'ab' * ${dice.below(10 ** 7)}\nprint(x.count('ba'))`,
		`os.truncate('g', 2 ** ${dice.below(40)})`,
		`os.urandom(${dice.below(10 ** 5)})`,
	]);

const hostReach: Rule = (dice, { proofPath, port, pid }) =>
	dice.pick([
		`open(${JSON.stringify(proofPath)}, 'w').write('x')`,
		`os.system('touch ${proofPath}')`,
		`__import__('socket').create_connection(('127.0.0.1', ${port}), 1)`,
		`os.kill(${pid}, 9)`,
		"print(os.environ, open('/proc/self/environ').read())",
		'import js\nprint(js.process.env.RLM_CANARY)',
		`import pickle\npickle.loads(b"cposix\\nsystem\\n(S'touch ${proofPath}'\\ntR.")`,
		`import ctypes\nctypes.CDLL(None).emscripten_run_script(b"require('fs').writeFileSync('${proofPath}', 'x')")`,
		`import _imp, importlib.machinery as m\nopen('s.so', 'wb').write(b'\\0asm\\1\\0\\0\\0' + bytes(${dice.below(99)}))\n_imp.create_dynamic(m.ModuleSpec('s', None, origin='s.so'))`,
	]);

const corruption: Rule = (dice) => {
	const bytes = Array.from({ length: 2 + 2 * dice.below(12) }, () => dice.below(256)).join(', ');
	return `def f(a=1): return a\nf.__code__ = f.__code__.replace(co_code=bytes([${bytes}]))\nprint(f())`;
};

const loop: Rule = (dice) =>
	dice.pick([
		'while True: pass',
		"import re\nre.match('(a+)+$', 'a' * 40 + 'b')",
		'time.sleep(100)',
		'import threading\nthreading.Event().wait()',
		'x = str(7 ** (10 ** 5))',
	]);

const deafLoop: Rule = (dice) =>
	dice.pick(['sum(range(10**13))', 'while True:\n    try:\n        while True: pass\n    except BaseException: pass']);

/** The channel to the host taken away: always costs the interpreter. */
const channelLoss: Rule = (dice) =>
	dice.pick([
		`os.close(${dice.pick([0, 1, 2, 1000])})`,
		`os.dup2(${dice.pick([0, 1, 2])}, 1000)`,
		`os.dup2(os.open('/dev/${dice.pick(['null', 'zero', 'rlm'])}', 2), 1000)`,
	]);

/** Rules and how often they come, of a thousand. Those that cost a restart or a deadline are rare. */
const RULES: readonly (readonly [weight: number, rule: Rule])[] = [
	[330, callOfModule],
	[330, walk],
	[120, sabotage],
	[100, growth],
	[55, privateSend],
	[30, hostReach],
	[20, forgedFrame],
	[10, corruption],
	[4, loop],
	[4, channelLoss],
	[1, deafLoop],
];

const IMPORTS = `import gc, importlib, os, struct, sys, time\n${RUNTIME}\n`;

function statement(dice: Dice, targets: Targets): string {
	let left = dice.below(1000);
	for (const [weight, rule] of RULES) {
		if (left < weight) return rule(dice, targets);
		left -= weight;
	}
	return 'pass';
}

/** One cell of one to three statements; what one of them raises does not keep the next from running. */
export function hostileCell(dice: Dice, targets: Targets): string {
	const statements = Array.from({ length: 1 + dice.below(3) }, () => statement(dice, targets));
	const guarded = statements.map(
		(text) => `try:\n${text.replace(/^/gm, '    ')}\nexcept Exception as error: print(type(error), str(error)[:200])\n`,
	);
	return IMPORTS + guarded.join('');
}
