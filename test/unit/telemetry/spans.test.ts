import { BatchSpanProcessor, InMemorySpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, it } from 'vitest';
import type { RunEvent } from '../../../src/core/events.ts';
import { RunSpans } from '../../../src/telemetry/spans.ts';
import { numbered, SAMPLE_BODIES } from '../../support/sampleRun.ts';

async function spansOf(events: readonly RunEvent[]) {
	const exporter = new InMemorySpanExporter();
	const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
	const spans = new RunSpans(provider.getTracer('test'), { identities: new Map(), hasContent: true });
	for (const event of events) spans.observe(event);
	await provider.forceFlush();
	return exporter.getFinishedSpans();
}

it('takes every type of event, and closes every span that it opens', async () => {
	const events = numbered(SAMPLE_BODIES);
	const opening = events.filter(({ type }) =>
		['run-start', 'iteration-start', 'code-start', 'call-start'].includes(type),
	);
	const spans = await spansOf(events);
	expect(spans).toHaveLength(opening.length);
	const run = spans.find(({ name }) => name === 'invoke_agent rlm');
	expect(run?.events.map(({ name }) => name)).toEqual(['rlm.compaction']);
});

it('closes the spans of what a run left open when it was cut off', async () => {
	const cut = numbered(SAMPLE_BODIES).filter(({ type }) => !type.endsWith('-end') || type === 'run-end');
	const spans = await spansOf(cut);
	expect(spans.map(({ name }) => name).sort()).toEqual([
		'chat big',
		'chat small',
		'chat small',
		'execute_tool python',
		'invoke_agent rlm',
	]);
});

it('ignores a run that failed before it could start', async () => {
	const end = numbered(SAMPLE_BODIES).filter(({ type }) => type === 'run-end');
	expect(await spansOf(end)).toEqual([]);
});
