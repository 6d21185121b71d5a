import { locate } from './locate.ts';
import { engineNote, handIn, type Step } from './plan.ts';
import { LINES, literal, subjectWords } from './python.ts';
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
${LINES}
def around(hit, after):
    lines, first = lines_of(hit.path)
    return '\\n'.join(itertools.takewhile(str.strip, lines[hit.line - first:hit.line - first + after + 1]))
report = []
if defined:
    first = defined[0]
    report += [f'\`{subject}\` is defined in **{first.path}:{first.line}**{where}:', '', '\`\`\`', around(first, 5)[:600], '\`\`\`']
    if len(defined) > 1:
        report += ['', f'Other lines that may define it ({len(defined) - 1:,}):']
        report += [f'- {hit.path}:{hit.line}: \`{hit.text.strip()[:120]}\`' for hit in defined[1:8]]
else:
    report.append(f'No line{where} looks like a definition of \`{subject}\`.')
${verbOf(question)}by_file = {}
for hit in uses:
    by_file.setdefault(hit.path, []).append(hit)
ranked = sorted(by_file.items(), key=lambda item: -len(item[1]))
listing = [f'- {path}:{found[0].line}' + (f' and {len(found) - 1:,} more' if len(found) > 1 else '') + f': \`{found[0].text.strip()[:120]}\`' for path, found in ranked]
if uses:
    report += ['', f'It is {verb} on {len(uses):,} {"more " if defined and verb == "used" else ""}{"line" if len(uses) == 1 else "lines"} of {len(by_file):,} {"file" if len(by_file) == 1 else "files"}:'] + listing[:${question.wantsUses ? 25 : 10}]
    if len(listing) > ${question.wantsUses ? 25 : 10}:
        report.append(f'- … and {len(listing) - ${question.wantsUses ? 25 : 10}:,} more files')
elif defined:
    report += ['', 'It is named nowhere else.']
for hit in defined[:5] + [found[0] for _, found in ranked[:8]]:
    cite(hit.path, hit.line)
    print(f'{hit.path}:{hit.line}: {hit.text.strip()[:120]}')
${handIn(engineNote('places were found by patterns of lines, not by a compiler.'))}`,
		},
	];
}

/** Uses that questions ask for, and how their lines look; NAME stands for the pattern of the subject. */
const VERBS: readonly (readonly [asks: RegExp, verb: string, looks: string])[] = [
	[/\b(?:thrown|raised|throws?|raises?)\b/i, 'raised', String.raw`\b(?:throw|raise)\b.*(?:NAME)`],
	[/\b(?:set|sets|assigned|changed|written)\b/i, 'set', String.raw`(?:NAME)['"\]]*\s*[:=](?!=)`],
	[/\b(?:called|calls|invoked|invokes)\b/i, 'called', String.raw`(?:NAME)\s*(?:<[^>]*>)?\(`],
	[/\b(?:imported|imports?)\b/i, 'imported', String.raw`\b(?:import|require|include|use|from)\b.*(?:NAME)`],
];

/** Python that narrows `uses` to those that the question asks for, when there are any. */
function verbOf({ text }: Question): string {
	const asked = VERBS.find(([asks]) => asks.test(text));
	if (!asked) return "verb = 'used'\n";
	const [, verb, looks] = asked;
	return `looks = re.compile(${literal(looks)}.replace('NAME', name), flags)
exact = [hit for hit in uses if looks.search(hit.text)]
verb, uses = (${literal(verb)}, exact) if exact else ('used', uses)
`;
}

/** A subject as it stands in prose. */
export function code(subject: string): string {
	return `\`${subject.replaceAll('`', "'")}\``;
}
