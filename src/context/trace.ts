import type { SourceSpan } from '../core/ports/context.ts';
import type { CorpusView } from './corpusView.ts';
import { type Unit, UnitIndex, unitsOf } from './unitIndex.ts';

/** Longer texts are not traced, UTF-16 units. */
const MAX_TEXT = 2 << 20;
const MAX_SPANS = 200;
/** Bytes of matching text that make a span credible: for a unique location, and for several. */
const EVIDENCE_UNIQUE = 20;
const EVIDENCE_AMBIGUOUS = 80;
/** Locations above which a text says nothing about its origin. */
const MAX_PLACES = 8;
/** Lines before a recognised one that are compared although they were no evidence themselves. */
const MAX_LINES_BEFORE = 64;
/** Bytes that a cut line must share with its line in the corpus. */
const CUT_LINE_BYTES = 8;

/** A stretch of lines of the text that occurs in the corpus. Line numbers index all lines of the corpus. */
interface Run {
	readonly firstLine: number;
	readonly lastLine: number;
	/** First line of the text after it. */
	readonly nextUnit: number;
	/** Bytes of its distinctive lines. */
	readonly evidence: number;
}

/** Finds where pieces of texts occur in a corpus. The index is built on first use. */
export class SpanTracer {
	readonly #view: CorpusView;
	#index: UnitIndex | undefined;

	constructor(view: CorpusView) {
		this.#view = view;
	}

	/** Lines of the corpus that the text contains, merged, in the order of the text. At most 200 spans. */
	trace(text: string): SourceSpan[] {
		if (text.length > MAX_TEXT || text.length < EVIDENCE_UNIQUE) return [];
		this.#index ??= new UnitIndex(this.#view);
		return new Trace(this.#index, Buffer.from(text, 'utf8')).spans();
	}
}

/** Traces one text. */
class Trace {
	readonly #index: UnitIndex;
	readonly #text: Buffer;
	readonly #lines: readonly Unit[];
	readonly #runs: Run[] = [];

	constructor(index: UnitIndex, text: Buffer) {
		this.#index = index;
		this.#text = text;
		this.#lines = unitsOf(text);
	}

	spans(): SourceSpan[] {
		for (let line = 0; line < this.#lines.length && this.#runs.length < 2 * MAX_SPANS; ) {
			const candidates = this.#runsFrom(line);
			const run = this.#believable(candidates) ?? this.#runOfSegments(line);
			if (run) this.#runs.push(run);
			// A stretch that occurs too often does so line by line, so one look is enough.
			line = run?.nextUnit ?? Math.max(line + 1, ...candidates.map((candidate) => candidate.nextUnit));
		}
		return merge(this.#runs.flatMap((run) => this.#index.span(run.firstLine, run.lastLine))).slice(0, MAX_SPANS);
	}

	/** The stretches, one for every location of a line of the text. */
	#runsFrom(line: number): Run[] {
		const unit = this.#lines[line];
		const places = unit ? this.#index.places(this.#text, unit) : [];
		return places.map((place) => this.#extend(line, this.#index.lineAt(place)));
	}

	/** The longest stretch, if it is good evidence. */
	#believable(runs: readonly Run[]): Run | undefined {
		const longest = Math.max(0, ...runs.map((run) => run.evidence));
		const best = runs.filter((run) => run.evidence === longest);
		const neighbour = best.find((run) => this.#followsLast(run));
		if (neighbour) return neighbour;
		if (best.length === 1) return longest >= EVIDENCE_UNIQUE ? best[0] : undefined;
		return longest >= EVIDENCE_AMBIGUOUS && best.length <= MAX_PLACES ? best[0] : undefined;
	}

	/** Whether a stretch closely follows the previous one, as when the text omits or changes a few lines. */
	#followsLast(run: Run): boolean {
		const last = this.#runs.at(-1);
		const gap = last ? run.firstLine - last.lastLine : -1;
		return (
			last !== undefined &&
			gap > 0 &&
			gap <= 20 &&
			this.#index.fileOf(run.firstLine) === this.#index.fileOf(last.lastLine)
		);
	}

	/** Follows text and corpus line by line in both directions from an equal line. */
	#extend(textLine: number, corpusLine: number): Run {
		const room = {
			before: Math.min(
				textLine - (this.#runs.at(-1)?.nextUnit ?? 0),
				corpusLine - this.#index.firstLineOfFile(corpusLine),
				MAX_LINES_BEFORE,
			),
			after: Math.min(this.#lines.length - textLine, this.#index.lastLineOfFile(corpusLine) - corpusLine + 1),
		};
		const before = this.#sameLines(textLine, corpusLine, -1, room.before);
		const after = this.#sameLines(textLine - 1, corpusLine - 1, 1, room.after);
		const head = before < room.before && this.#isCut(textLine - before - 1, corpusLine - before - 1, 'end') ? 1 : 0;
		const tail = after < room.after && this.#isCut(textLine + after, corpusLine + after, 'start') ? 1 : 0;
		return {
			firstLine: corpusLine - before - head,
			lastLine: corpusLine + Math.max(1, after + tail) - 1,
			nextUnit: textLine + Math.max(1, after + tail),
			evidence: this.#evidence(textLine - before, textLine + after),
		};
	}

	/** Number of adjacent lines that are equal in text and corpus, not counting blank ones at the far end. */
	#sameLines(textLine: number, corpusLine: number, step: 1 | -1, room: number): number {
		let same = 0;
		for (let distance = 1; distance <= room; distance++) {
			const unit = this.#lines[textLine + step * distance];
			if (!unit || !this.#index.isLine(corpusLine + step * distance, this.#text, unit)) break;
			if (unit.end > unit.start) same = distance;
		}
		return same;
	}

	/** Bytes of the distinctive lines of a stretch of the text. */
	#evidence(from: number, to: number): number {
		const distinctive = this.#lines.slice(from, to).filter((unit) => unit.isDistinctive);
		return distinctive.reduce((sum, unit) => sum + unit.end - unit.start, 0);
	}

	/** Whether a line of the text is one end of a line of the corpus, or the reverse. */
	#isCut(textLine: number, corpusLine: number, end: 'start' | 'end'): boolean {
		const unit = this.#lines[textLine];
		if (!unit) return false;
		const ours = this.#text.subarray(unit.start, unit.end);
		const theirs = this.#index.trimmedLine(corpusLine);
		const length = Math.min(ours.length, theirs.length);
		if (length < CUT_LINE_BYTES) return false;
		return end === 'start'
			? ours.subarray(0, length).equals(theirs.subarray(0, length))
			: ours.subarray(ours.length - length).equals(theirs.subarray(theirs.length - length));
	}

	/** Handles a line of which only a part occurs in the corpus, or that is part of a very long line there. */
	#runOfSegments(line: number): Run | undefined {
		const unit = this.#lines[line];
		for (const segment of unit?.segments ?? []) {
			const places = this.#index.places(this.#text, segment);
			const place = places[0];
			if (places.length !== 1 || place === undefined || segment.end - segment.start < EVIDENCE_UNIQUE) continue;
			const found = this.#index.lineAt(place);
			return { firstLine: found, lastLine: found, nextUnit: line + 1, evidence: segment.end - segment.start };
		}
		return undefined;
	}
}

/** Joins spans of a file that touch or overlap. */
function merge(spans: readonly SourceSpan[]): SourceSpan[] {
	const merged: SourceSpan[] = [];
	for (const span of spans) {
		const touching = merged.findIndex(
			(other) => other.path === span.path && span.startLine <= other.endLine + 1 && other.startLine <= span.endLine + 1,
		);
		const other = merged[touching];
		if (!other) {
			merged.push(span);
			continue;
		}
		merged[touching] = {
			path: span.path,
			startLine: Math.min(span.startLine, other.startLine),
			endLine: Math.max(span.endLine, other.endLine),
		};
	}
	return merged;
}
