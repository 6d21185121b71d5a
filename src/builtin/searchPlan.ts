import { engineNote, handIn, type Step } from './plan.ts';
import { literal, scope, subjectWords } from './python.ts';
import type { Question } from './question.ts';
import { CHOOSE_BEST, openingsOfNamedFiles, readPassages } from './reading.ts';

/** Anything else: rank passages by their words, have sub-calls read them, rank what they quote. */
export function searchPlan(question: Question): readonly Step[] {
	return [
		{
			words: 'I search for the passages that share the most telling words with the question.',
			code: `${scope(question)}
hits = [hit for hit in search(${literal(searchWords(question))}, 24) if hit.path in set(paths)][:12]
print(f'{len(hits)} passages in {len({hit.path for hit in hits})} of {len(paths)} files{where}')
for hit in hits[:8]:
    print(f'{hit.path}:{hit.start_line}: {hit.text.strip().splitlines()[0][:120]}')`,
		},
		{
			words: 'Now sub-calls read these passages and quote what answers the question.',
			code: `passages = [(hit.path, hit.start_line, hit.text) for hit in hits]
if not passages and sum(files.size(p) for p in paths) < 60_000:
    passages = [(piece.path, piece.start_line, str(piece)) for piece in chunks(paths, size=8_000)]
${openingsOfNamedFiles(question)}
${readPassages(question)}`,
		},
		{
			words: 'I have the best of the quoted lines chosen, cite them and hand them in; if there are none, I say so.',
			code: `${CHOOSE_BEST}
report = []
if best:
    terms = ${literal(question.terms)}
    told = max(sum(term in e[2].lower() for term in terms) for e in best[:3])
    isDirect = 2 * told >= len(terms)
    report += ['What the text says to this, the best evidence first:' if isDirect else 'No sentence answers this directly. The nearest ones:', '']
    for path, line, text in best[:6]:
        cite(path, line)
        report.append(f'- {text[:400]} ({path}:{line})')
    report += ['', f'Read: {len(passages)} passages of {len({p for p, _, _ in passages})} files out of {len(files):,}{where}.']
else:
    report.append(${literal(`Nothing in the text answers this. It was searched for: ${subjectWords(question)}`)} + f'; {len(paths):,} files{where}, {len(passages)} passages read.')
    for hit in hits[:3]:
        cite(hit.path, hit.start_line)
    if hits:
        report += ['', 'Passages that share words with the question:'] + [f'- {hit.path}:{hit.start_line}' for hit in hits[:3]]
${handIn(engineNote('sentences were chosen by the words they share with the question.'))}`,
		},
	];
}

/** The question for the ranking of passages: names in it count more, so they stand twice. */
export function searchWords({ text, subjects }: Question): string {
	return [text, ...subjects].join(' ');
}
