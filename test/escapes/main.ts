// npm run -s escapes -- FILE... [--deployment NAME]
// Runs every attempt of the files against each deployment of the sandbox, worker, process and remote, as it is and with our
// changes to Python's modules taken back first. Prints what was not blocked, and as its last line
// `N blocked, N escaped`. Ends with 1 on an escape, with 2 when a file or an argument cannot be used.
import { parseArgs } from 'node:util';
import { type EscapeAttempt, EscapeFileError, readAttempts } from '../support/escapeFile.ts';
import { AttackedHost } from './attackedHost.ts';
import { TARGET_NAMES, type TargetName } from './targets.ts';

const USAGE = `usage: npm run -s escapes -- FILE... [--deployment ${TARGET_NAMES.join('|')}]`;

function refuse(message: string): never {
	console.error(message);
	process.exit(2);
}

function readArguments(): { attempts: readonly EscapeAttempt[]; targets: readonly TargetName[] } {
	try {
		const { values, positionals } = parseArgs({
			allowPositionals: true,
			options: { deployment: { type: 'string' } },
		});
		const targets = TARGET_NAMES.filter((name) => values.deployment === undefined || name === values.deployment);
		if (positionals.length === 0 || targets.length === 0) return refuse(USAGE);
		return { attempts: positionals.flatMap((file) => readAttempts(file)), targets };
	} catch (error) {
		return refuse(error instanceof EscapeFileError ? error.message : `${error}\n${USAGE}`);
	}
}

const { attempts, targets } = readArguments();
let blocked = 0;
let escaped = 0;

function report(target: TargetName, what: string): void {
	escaped++;
	console.log(`NOT BLOCKED  ${target}, ${what}`);
}

/** One pass over all attempts, in a host of its own. */
async function attackAll(target: TargetName, withoutGuide: boolean): Promise<void> {
	const how = withoutGuide ? 'shims removed' : 'as it is';
	const host = new AttackedHost(target);
	for (const attempt of attempts) {
		const { isBlocked, problem } = await host.attack(attempt, withoutGuide);
		if (isBlocked) blocked++;
		else report(target, `${how}: ${attempt.id} (${attempt.route}): ${problem}`);
	}
	const problem = await host.end();
	if (problem) report(target, `${how}, at the end: ${problem}`);
}

/** Both passes over all attempts against one deployment. */
async function attackTarget(target: TargetName): Promise<void> {
	const started = performance.now();
	await Promise.all([false, true].map((withoutGuide) => attackAll(target, withoutGuide)));
	console.error(`${target}: done in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

// Most of their time attempts wait for a limit to be hit, so all of them run side by side.
await Promise.all(targets.map(attackTarget));
console.log(`${blocked} blocked, ${escaped} escaped`);
process.exit(escaped === 0 && blocked > 0 ? 0 : 1);
