import type { ScriptedReply, ScriptedRequest } from '../../support/scriptedServer.ts';

const CODE = (text: string, code: string): string => `${text}\n\n\`\`\`repl\n${code}\n\`\`\`\n`;

const LOOK = CODE(
	'I search for where calls reserve their share of the budget.',
	'hits = grep(r"reserve|settle", max_results=40)\nfor hit in hits[:8]:\n    print(f"{hit.path}:{hit.line}  {hit.text.strip()[:70]}")',
);
const READ = CODE(
	'Several files take part. I let sub-models read each of them.',
	[
		'paths = sorted({hit.path for hit in hits})[:8]',
		'question = "How does this file keep calls in flight from overshooting the budget? Two sentences."',
		'notes = llm_query_batched([f"{question}\\n\\n{path}\\n{files[path][:6000]}" for path in paths])',
		'for path, note in zip(paths, notes):',
		'    print(path, "-", note[:90])',
	].join('\n'),
);
const ANSWER = CODE(
	'The picture is clear.',
	[
		'line = next(hit for hit in hits if hit.path.endswith("budget.ts"))',
		'cite(line.path, line.line)',
		'FINAL(f"""**Every call reserves its estimated tokens before it starts.** A call that does not fit waits or is refused, so a batch can never overshoot.',
		'',
		'- The reservation is settled against what the server reports when the call ends.',
		'- Five percent are kept back for the closing iteration.',
		'',
		'See `{line.path}:{line.line}`.""")',
	].join('\n'),
);

/** Times are those of a model that answers quickly; what it says follows from the iteration. */
export async function playPictures({ messages }: ScriptedRequest): Promise<ScriptedReply> {
	const asked = messages.map(({ content }) => content).join('\n');
	const isRoot = asked.includes('<question>');
	if (!isRoot || asked.includes('Answer the question from the text below alone')) {
		const isSummary = asked.includes('Summarize');
		await pause(isSummary ? 300 : 700 + Math.random() * 2_500);
		const text = isSummary
			? 'Reserves tokens, cost and time before a call starts.\n\n- Returns the reservation to settle later.'
			: 'It reserves an estimate before the call is sent and settles it afterwards. Nothing is sent when the reservation fails.';
		return { text, usage: { prompt: 1_900, completion: 41 } };
	}
	const iteration = messages.filter(({ role }) => role === 'assistant').length;
	await pause(900);
	return {
		text: [LOOK, READ, ANSWER][iteration] ?? ANSWER,
		usage: { prompt: 1_400 + iteration * 900, completion: 160 },
	};
}

function pause(milliseconds: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
