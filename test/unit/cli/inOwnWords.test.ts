import { expect, it } from 'vitest';
import { inOwnWords } from '../../../src/cli/inOwnWords.ts';
import type { RunEvent } from '../../../src/core/events.ts';

const head = { seq: 1, at: 0, runId: 'r', nodeId: 'n' };

it('the command line adds the name of its setting to what the engine only tells, and leaves other events alone', async () => {
	const events: readonly RunEvent[] = [
		{ ...head, type: 'notice', audience: 'user', text: 'It fits.', topic: { kind: 'fits-one-call', tokens: 90 } },
		{ ...head, type: 'notice', audience: 'user', text: 'Something else.' },
	];
	const told: RunEvent[] = [];
	for await (const event of inOwnWords(ReadableStream.from(events))) told.push(event);
	expect(told).toMatchObject([{ text: expect.stringMatching(/^It fits\. .*context\.directBelowTokens/) }, events[1]]);
});
