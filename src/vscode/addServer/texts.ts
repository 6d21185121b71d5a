import { l10n } from 'vscode';
import { formatCount, formatDuration } from '../../core/figures.ts';
import type { AddServerProblem, ModelChoice, Warning } from '../../pool/addServer.ts';
import type { TestCall } from '../../pool/testCall.ts';
import { modelText } from '../fleet/serverTexts.ts';

/** Says what went wrong in a step and what to do: common problems in our words, the others as `explain` has them. */
export function problemText(problem: AddServerProblem, address: string): string {
	const { kind, message, hint } = problem;
	switch (kind) {
		case 'empty-key':
			return l10n.t('Paste the key as the service shows it.');
		case 'no-model':
			return l10n.t('Choose at least one model.');
		case 'taken-id':
			return l10n.t('A server of that name already exists. Choose another name.');
		case 'connect':
			return l10n.t(
				'Nothing answers at {0}. Start the server, or correct the address. The request was made from the machine that runs RLM.',
				address,
			);
		case 'auth':
			return l10n.t('The server refused the key. Copy it again, or make a new one.');
		case 'overloaded':
			return l10n.t('The server at {0} is loading its model. Try again when it is ready.', address);
		default:
			return hint === undefined || message.includes(hint) ? message : `${message} ${hint}`;
	}
}

/** Advice about a server. */
export function warningText(warning: Warning): string {
	const texts: Record<Warning, string> = {
		'window-unknown': l10n.t(
			'The server does not report its context window. Set contextLength in its settings; otherwise 8192 tokens are assumed.',
		),
		'window-small': l10n.t(
			'The context window is small for a root model. Serve the model with a larger one, or use it for sub-calls only.',
		),
		'partly-on-cpu': l10n.t(
			'Part of the model is not on the GPU, which makes it slow. Use a smaller model or a smaller context window.',
		),
	};
	return texts[warning];
}

/** Summarizes a test call. */
export function testText({ model, firstTokenMs, tokensPerSecond, truncation, sentTokens }: TestCall): string {
	const first = l10n.t('{0}: first token after {1}', model, formatDuration(firstTokenMs));
	const speed = tokensPerSecond === undefined ? [] : [l10n.t('{0} tokens/s', tokensPerSecond.toFixed(1))];
	const sent = sentTokens === undefined ? '' : formatCount(sentTokens);
	const whole = truncation === 'none' ? [l10n.t('a prompt of {0} tokens arrived whole', sent)] : [];
	return `${[first, ...speed, ...whole].join(', ')}.`;
}

/** The problem that a test call found, if any. */
export function cutText({ truncation, sentTokens, readTokens }: TestCall): string | undefined {
	if (truncation !== 'cut') return undefined;
	const sent = sentTokens === undefined ? '?' : formatCount(sentTokens);
	if (readTokens === undefined) {
		return l10n.t('The server silently cut a prompt of {0} tokens. Raise its context window.', sent);
	}
	return l10n.t(
		'The server silently read only {1} of {0} tokens. Raise its context window.',
		sent,
		formatCount(readTokens),
	);
}

/** Describes a model in the list of choices, with its price. */
export function choiceText(model: ModelChoice): string {
	const { known } = model;
	const price = known && l10n.t('{0} per million tokens', `$${known.price.promptUsd}/$${known.price.completionUsd}`);
	return [modelText(model), price].filter(Boolean).join(' · ');
}
