// npm run -s escapes -- FILE [--deployment NAME]
// Runs every attempt of a file against each deployment of the sandbox, as it is and with our changes to Python's modules
// taken back first. Prints what was not blocked, and as its last line `N blocked, N escaped`. Ends with 1 on an escape.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type EscapeAttempt, type EscapeOutcome, EscapeRunner } from '../support/escapes.ts';
import { DEPLOYMENTS, livingInterpreters } from '../support/sandboxes.ts';

const TIMEOUT_MS = 1000;
const MEMORY_BYTES = 256 << 20;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { deployment: { type: 'string' } } });
const [file] = positionals;
if (file === undefined) {
	console.error('usage: npm run -s escapes -- FILE [--deployment NAME]');
	process.exit(2);
}
const attempts = JSON.parse(readFileSync(file, 'utf8')) as EscapeAttempt[];

let blocked = 0;
let escaped = 0;

async function attack(runner: EscapeRunner, attempt: EscapeAttempt, withoutGuide: boolean): Promise<EscapeOutcome> {
	try {
		return await runner.run(attempt, { withoutGuide, timeoutMs: TIMEOUT_MS, memoryBytes: MEMORY_BYTES });
	} catch (error) {
		// A sandbox that cannot go on afterwards counts as harm done.
		return { id: attempt.id, isBlocked: false, ending: 'failed', problem: String(error) };
	}
}

for (const [name, create] of Object.entries(DEPLOYMENTS)) {
	if (values.deployment !== undefined && values.deployment !== name) continue;
	const factory = create(() => {});
	const runner = new EscapeRunner(factory);
	for (const withoutGuide of [false, true]) {
		for (const attempt of attempts) {
			const outcome = await attack(runner, attempt, withoutGuide);
			if (outcome.isBlocked) {
				blocked++;
				continue;
			}
			escaped++;
			const how = withoutGuide ? 'shims removed' : 'as it is';
			console.log(`NOT BLOCKED  ${name}, ${how}: ${attempt.id} (${attempt.route}): ${outcome.problem}`);
		}
	}
	await runner.dispose();
	await factory.dispose();
	const left = livingInterpreters();
	if (left > 0) {
		escaped++;
		console.log(`NOT BLOCKED  ${name}: ${left} interpreters were left behind`);
	}
	console.error(`${name}: done`);
}

console.log(`${blocked} blocked, ${escaped} escaped`);
process.exit(escaped === 0 && blocked > 0 ? 0 : 1);
