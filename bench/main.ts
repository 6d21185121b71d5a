// npm run bench   Figures as ratios, measured side by side in one run. `npm run bench -- engine context` runs only those.
import { benchActivation } from './activation.ts';
import { benchContextLoad } from './context.ts';
import { benchConcurrency, benchOverhead } from './engine.ts';

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
	engine: benchOverhead,
	concurrency: benchConcurrency,
	context: benchContextLoad,
	activation: benchActivation,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
	console.error(`Unknown bench ${unknown.join(', ')}. There are: ${Object.keys(BENCHES).join(', ')}.`);
	process.exit(2);
}
for (const [name, bench] of Object.entries(BENCHES)) {
	if (asked.length > 0 && !asked.includes(name)) continue;
	console.log(`\n${name}`);
	await bench();
}
process.exit(0);
