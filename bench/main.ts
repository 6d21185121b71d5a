// npm run bench   Figures as ratios, measured side by side in one run. `npm run bench -- engine context` runs only those.
import { benchActivation } from './activation.ts';
import { benchContextLoad } from './context.ts';
import { benchConcurrency, benchOverhead } from './engine.ts';
import { runParts } from './parts.ts';

await runParts({
	engine: benchOverhead,
	concurrency: benchConcurrency,
	context: benchContextLoad,
	activation: benchActivation,
});
