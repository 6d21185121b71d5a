import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { median, ms, report } from './measure.ts';

const RUNS = 3;

/** What VS Code says of one cold start: our extension, and the Markdown extension that ships with it for scale. */
interface Activation {
	readonly loadCodeMs: number;
	readonly callActivateMs: number;
	readonly finishActivateMs: number;
	readonly reference: {
		readonly loadCodeMs: number;
		readonly callActivateMs: number;
		readonly finishActivateMs: number;
	};
}

/** Time to load and activate the extension in the real VS Code, cold, against the Markdown extension that ships with it. */
export async function benchActivation(): Promise<void> {
	const samples: Activation[] = [];
	for (let run = 0; run < RUNS; run++) samples.push(measure());
	const ours = median(samples.map(total));
	const theirs = median(samples.map(({ reference }) => total(reference)));
	report(
		'activation, load and call, over the shipped Markdown extension',
		ours / theirs,
		`${ms(ours)} against ${ms(theirs)}`,
	);
}

function measure(): Activation {
	const script = path.join(import.meta.dirname, '../test/vscode/activation.ts');
	const { status, stdout } = spawnSync(process.execPath, [script], {
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	if (status !== 0) throw new Error('VS Code could not be measured; see above');
	return JSON.parse(stdout);
}

function total(times: Omit<Activation, 'reference'>): number {
	return times.loadCodeMs + times.callActivateMs + times.finishActivateMs;
}
