import { locate } from './locate.ts';
import { engineNote, handIn, type Step } from './plan.ts';
import { literal, subjectWords } from './python.ts';
import type { Question } from './question.ts';

/** Where something is defined, used or set: definition patterns over languages, then the uses by file. */
export function wherePlan(question: Question): readonly Step[] {
	const subject = subjectWords(question);
	return [
		{
			words: `I look for the lines that name ${code(subject)} and tell definitions from uses by their form.`,
			code: locate(question),
		},
		{
			words: 'I check the best places by reading the lines around them, then hand them in with citations.',
			code: `subject = ${literal(subject)}
def around(hit, after):
    lines = files[hit.path].splitlines()
    return '\\n'.join(lines[hit.line - 1:hit.line + after])
report = []
if defined:
    first = defined[0]
    report += [f'\`{subject}\` is defined in **{first.path}:{first.line}**{where}:', '', '\`\`\`', around(first, 5)[:600], '\`\`\`']
    if len(defined) > 1:
        report += ['', f'Other lines that may define it ({len(defined) - 1:,}):']
        report += [f'- {hit.path}:{hit.line}: \`{hit.text.strip()[:120]}\`' for hit in defined[1:8]]
else:
    report.append(f'No line{where} looks like a definition of \`{subject}\`; it is named on {len(hits):,} lines.')
by_file = {}
for hit in uses:
    by_file.setdefault(hit.path, []).append(hit)
ranked = sorted(by_file.items(), key=lambda item: -len(item[1]))
listing = [f'- {path}:{found[0].line}' + (f' and {len(found) - 1:,} more' if len(found) > 1 else '') + f': \`{found[0].text.strip()[:120]}\`' for path, found in ranked]
if uses:
    report += ['', f'It is used on {len(uses):,} {"more " if defined else ""}lines of {len(by_file):,} {"file" if len(by_file) == 1 else "files"}:'] + listing[:${question.wantsUses ? 40 : 10}]
    if len(listing) > ${question.wantsUses ? 40 : 10}:
        report.append(f'- … and {len(listing) - ${question.wantsUses ? 40 : 10}:,} more files')
elif defined:
    report += ['', 'It is named nowhere else.']
for hit in defined[:5] + [found[0] for _, found in ranked[:8]]:
    cite(hit.path, hit.line)
    print(f'{hit.path}:{hit.line}: {hit.text.strip()[:120]}')
${handIn(engineNote('places were found by patterns of lines, not by a compiler.'))}`,
		},
	];
}

/** A subject as it stands in prose. */
export function code(subject: string): string {
	return `\`${subject.replaceAll('`', "'")}\``;
}
