// Recorded runs, event by event. After a wanted change: RESET_RESULTS=1 npm test -- integration, then review the diff.
import { afterEach, it } from 'vitest';
import type { Engine } from '../../src/engine.ts';
import { eventsAsText, expectGolden } from '../support/golden.ts';
import { block, engineOver, isRootCall, observe, turnOf } from '../support/runs.ts';
import { type Script, type ScriptedServer, startScriptedServer } from '../support/scriptedServer.ts';

let model: ScriptedServer;
let engine: Engine;

async function eventsOf(script: Script, limits: object): Promise<string> {
	model = await startScriptedServer({ kind: 'openai', script });
	engine = engineOver([model.settings('gpu', { price: { promptUsd: 1, completionUsd: 2 } })]);
	const run = await observe(engine, { limits });
	await run.ended;
	return eventsAsText(run.events);
}

afterEach(async () => {
	await engine.dispose();
	await model.stop();
});

it('a run that looks, asks and answers', async () => {
	const script: Script = (request) => {
		if (!isRootCall(request)) return { text: 'Greek letters' };
		return turnOf(request) === 0
			? {
					text: block('print(len(context))\nkind = llm_query("What are these?\\n" + context)\nkind'),
					reasoning: 'look first',
				}
			: { text: block('cite("notes.txt", 1, 3)\nFINAL(kind)') };
	};
	await expectGolden('look-ask-answer', await eventsOf(script, {}));
});

it('a run with a failing block, a child run and a limit', async () => {
	const script: Script = (request) => {
		const isChild = request.messages[1]?.content.includes('Which letter?');
		if (isChild) return { text: block('FINAL(context[0])') };
		if (request.text.includes('The run ends now')) return { text: 'FINAL(It starts with b, as far as I know.)' };
		return turnOf(request) === 0
			? { text: `${block('1 / 0')}\n${block('print("not reached")')}` }
			: { text: block('letter = rlm_query("Which letter?", context="beta")\nletter') };
	};
	await expectGolden('error-child-limit', await eventsOf(script, { depth: 2, iterations: 2 }));
});
