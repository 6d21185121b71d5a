import { l10n } from 'vscode';
import { CancelledError, explain } from '../../core/errors.ts';
import { formatCount } from '../../core/figures.ts';
import { DEFAULT_LIMITS } from '../../core/limits.ts';
import type { ShownChip } from '../../protocol/chat.ts';
import { estimateContext } from '../consent/contextEstimate.ts';
import { bytesText } from '../consent/estimateTexts.ts';
import { maxContextBytes, readSettings } from '../settings.ts';
import { type Chip, chipId, shownChip, sourceOfChips } from './chips.ts';

interface Size {
	readonly text: string;
	readonly isBroken: boolean;
}

/** Sizes of chips, measured by reading them. */
export class ChipSizes {
	readonly #sizes = new Map<string, Size>();
	readonly #measuring = new Map<string, AbortController>();
	readonly #onDidMeasure: () => void;

	/** @param onDidMeasure called when a new size is known */
	constructor(onDidMeasure: () => void) {
		this.#onDidMeasure = onDidMeasure;
	}

	/** Gives chips with their sizes and starts to measure the unknown ones. */
	shown(chips: readonly Chip[]): readonly ShownChip[] {
		return chips.map((chip) => {
			const size = this.#sizes.get(chipId(chip));
			if (!size) void this.#measure(chip);
			return shownChip(chip, size?.text, size?.isBroken);
		});
	}

	/** Forgets the sizes of chips that are quick to read, so that they are measured again; `isAll`: of all chips. */
	forget(chips: readonly Chip[], isAll: boolean): void {
		for (const chip of chips) {
			const isLarge = chip.kind === 'workspace' || chip.kind === 'folder';
			if (isAll || !isLarge) this.#sizes.delete(chipId(chip));
		}
	}

	dispose(): void {
		for (const abort of this.#measuring.values()) abort.abort();
	}

	async #measure(chip: Chip): Promise<void> {
		const id = chipId(chip);
		if (this.#measuring.has(id)) return;
		const abort = new AbortController();
		this.#measuring.set(id, abort);
		try {
			this.#sizes.set(id, { text: await sizeOf(chip, abort.signal), isBroken: false });
		} catch (error) {
			if (error instanceof CancelledError) return;
			this.#sizes.set(id, { text: explain(error).message, isBroken: true });
		} finally {
			this.#measuring.delete(id);
		}
		if (!abort.signal.aborted) this.#onDidMeasure();
	}
}

async function sizeOf(chip: Chip, signal: AbortSignal): Promise<string> {
	const settings = readSettings();
	const { contexts } = await sourceOfChips([chip]).collect({
		exclude: settings.context?.exclude ?? {},
		allowSecrets: settings.context?.allowSecrets ?? [],
		maxBytes: maxContextBytes(settings),
		onProgress() {},
		signal,
	});
	const texts = contexts.filter((context) => context.kind !== 'json');
	const { files, bytes, tokens } = estimateContext(texts, DEFAULT_LIMITS);
	const about = l10n.t('~{0} tokens', formatCount(tokens));
	const parts = [files > 1 ? l10n.t('{0} files', files.toLocaleString()) : '', bytesText(bytes), about];
	return parts.filter((part) => part !== '').join(', ');
}
