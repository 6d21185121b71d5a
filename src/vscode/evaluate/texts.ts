import { env, l10n } from 'vscode';
import { formatCount } from '../../core/figures.ts';
import type { Estimate, Range } from '../../eval/run/estimate.ts';
import type { Result } from '../../eval/run/results.ts';
import type { Fitness, ModelAdvice } from '../../eval/verdicts/advice.ts';
import { withoutIcons } from '../withoutIcons.ts';

/** What an evaluation will take, in a few lines. */
export function estimateInWords({ runs, calls, tokens, minutes, costUsd, isCostPartial }: Estimate): string {
	const lines = [
		l10n.t('{0} runs, {1} calls, {2} tokens', runs, range(calls), range(tokens)),
		l10n.t('{0} minutes: the more, the slower the servers are', range(minutes)),
		costInWords(costUsd, isCostPartial),
		l10n.t('Only generated texts are sent, none of yours. You can stop at any time and go on later the same day.'),
	];
	return lines.join('\n');
}

function costInWords(costUsd: number | undefined, isPartial: boolean): string {
	if (costUsd === undefined) return l10n.t('The cost is unknown: no model has a price.');
	const amount = costUsd.toLocaleString(env.language, {
		style: 'currency',
		currency: 'USD',
		maximumSignificantDigits: 2,
	});
	return isPartial
		? l10n.t('At most about {0}, and what models without a known price cost', amount)
		: l10n.t('At most about {0}', amount);
}

function range({ least, most }: Range): string {
	const [from, to] = [formatCount(Math.ceil(least)), formatCount(Math.ceil(most))];
	return from === to ? from : l10n.t('{0} to {1}', from, to);
}

/** How the newest run went, for a line of progress. */
export function progressInWords({ task, mode, model, isCorrect }: Result, done: number, total: number): string {
	const verdict = isCorrect ? l10n.t('right') : l10n.t('wrong');
	return withoutIcons(`${done}/${total} · ${model} · ${mode} · ${task}: ${verdict}`);
}

const ROOT: Readonly<Record<Fitness, (model: string) => string>> = {
	yes: (model) => l10n.t('{0} can write the code of a run (root model).', model),
	partly: (model) => l10n.t('{0} can write the code of a run for some questions (root model).', model),
	no: (model) => l10n.t('{0} cannot write the code of a run (root model).', model),
	unknown: (model) => l10n.t('{0} was asked too little to say whether it can write the code of a run.', model),
};
const SUB: Readonly<Record<Fitness, () => string>> = {
	yes: () => l10n.t('It can answer sub-calls.'),
	partly: () => l10n.t('It answers some sub-calls.'),
	no: () => l10n.t('It is no good for sub-calls.'),
	unknown: () => l10n.t('It was asked too little about short texts to say whether it can answer sub-calls.'),
};

/** Which model can do what, and from which size on the loop pays, in plain words. */
export function adviceInWords({ model, root, sub, paysFromBytes }: ModelAdvice): string {
	const shares = l10n.t(
		'{0} % of {1} tasks were right in the loop, {2} % of {3} on short texts.',
		Math.round(root.accuracy.share * 100),
		root.tasks,
		Math.round(sub.accuracy.share * 100),
		sub.tasks,
	);
	const pays =
		paysFromBytes === undefined
			? l10n.t('At no size was the loop better than a direct call.')
			: l10n.t('The loop pays from {0} KB on.', Math.round(paysFromBytes / 1024));
	return [ROOT[root.fitness](model), SUB[sub.fitness](), shares, pays].join(' ');
}
