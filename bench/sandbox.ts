// npm run bench:sandbox   Figures of the sandbox as ratios, measured side by side in one run.
// `npm run bench:sandbox -- start calls` runs only those parts.

import { runParts } from './parts.ts';
import { benchCalls } from './sandbox/calls.ts';
import { benchImports } from './sandbox/imports.ts';
import { benchMemory, benchStart } from './sandbox/start.ts';
import { benchStopping } from './sandbox/stopping.ts';
import { benchGrep, benchLoad } from './sandbox/texts.ts';

await runParts({
	memory: benchMemory,
	start: benchStart,
	imports: benchImports,
	calls: benchCalls,
	stopping: benchStopping,
	load: benchLoad,
	grep: benchGrep,
});
