import { FIND, literal, NOTHING_FOUND, scope, subjectPattern, subjectWords } from './python.ts';
import type { Question } from './question.ts';

/** Forms of lines that define a name, the surest first. NAME stands for the pattern of the subject. */
const DEFINITIONS: readonly string[] = [
	String.raw`^\s*(?:(?:export|default|declare|public|private|protected|internal|static|abstract|final|async|unsafe|pub(?:\([^)]*\))?)\s+)*(?:function\s*\*?|class|interface|enum|struct|union|trait|def|fn|func|fun|module|namespace|record|object|macro_rules!|typedef|#\s*define|type|protocol)\s+(?:\([^)]*\)\s*)?\w*?(?:NAME)\b(?![.'])`,
	String.raw`^\s*(?:(?:export|declare|public|private|protected|static|final|readonly|pub)\s+)*(?:const|let|var|val)\s+(?:mut\s+)?(?:NAME)`,
	String.raw`^\s*(?:(?:public|private|protected|static|readonly|async|override|abstract|get|set)\s+)*[*#]?(?:NAME)\s*(?:<[^>]*>)?\([^;]*(?:\{|=>)\s*$`,
	String.raw`^(?:[\w:*&<>,]+\s+)+[*&]*(?:NAME)\s*\([^;=]*$`,
	String.raw`^#{1,6}\s+.*(?:NAME)`,
	String.raw`^\s*(?:(?:public|private|protected|static|readonly)\s+)*["']?(?:NAME)["']?\s*\??\s*:\s*\S`,
	String.raw`^\s*(?:self\.|this\.|[\w.]+\.)?(?:NAME)\s*(?::[^=]+)?=(?![=>])`,
	String.raw`^\s*["'\x60]?(?:-\w,? *)?(?:NAME)["'\x60]?\s*(?:[,:=]|\s{2,})`,
];

/** A word of everyday language is defined by a declaration, a heading or a key, not by any variable of that name. */
const OF_A_PHRASE =
	"defined = [hit for hit in defined if rank(hit) in (0, 4) and not hit.text[:1].isspace() or hit.path.endswith('package.json')]";

/** Python that finds the lines with the subject and sorts definitions from uses: `defined`, `uses`. */
export function locate(question: Question): string {
	const [subject = ''] = question.subjects;
	const { pattern, ignoreCase } = subjectPattern([subject]);
	return `${scope(question)}
${FIND}
name = ${literal(pattern)}
hits = find(name, paths, ${literal(ignoreCase)}, 20_000)
flags = re.IGNORECASE if ${literal(ignoreCase)} or not hits else 0
hits = hits or find(name, paths, True, 20_000)
hits = [hit for hit in hits if len(hit.text) < 400] or hits   # longer lines are data or minified code
forms = [re.compile(form.replace('NAME', name), flags) for form in [
${DEFINITIONS.map((form) => `    ${literal(form)},`).join('\n')}
]]
def rank(hit):
    form = next((index for index, form in enumerate(forms) if form.search(hit.text[:500])), 99)
    is_test = bool(re.search(r'(^|[/_.-])(tests?|spec|examples?|fixtures?|dist|min)([/_.-]|$)', hit.path))
    is_comment = bool(re.match(r'\\s*(//|\\*|#(?!#*\\s|\\s*define)|--|<!--)', hit.text)) and form < 99
    is_local = form == 1 and hit.text[:1].isspace()
    return form if form == 99 else form + 3 * is_test + 4 * is_comment + 5 * is_local
defined = sorted((hit for hit in hits if rank(hit) < 99), key=lambda hit: (rank(hit), not hit.path.startswith('src/'), len(hit.path)))${ownerSearch(subject)}
${question.isPhrase ? `${OF_A_PHRASE}\n` : ''}places = {(hit.path, hit.line) for hit in defined if rank(hit) <= rank(defined[0]) + 1}
uses = [hit for hit in hits if (hit.path, hit.line) not in places]
defined = [hit for hit in defined if (hit.path, hit.line) in places]
print(f'{len(hits)} lines name it, {len(defined)} of them look like its definition')
for hit in (defined + uses)[:8]:
    print(f'{hit.path}:{hit.line}: {hit.text.strip()[:140]}')
if not hits and not defined:
    print(${literal(NOTHING_FOUND)}, ${literal(subjectWords(question))})`;
}

/** For a dotted name: its last part is what a definition holds, and the parts before it name the file or the class. */
function ownerSearch(subject: string): string {
	const parts = subject.split('.');
	const last = parts.at(-1) ?? '';
	if (parts.length < 2 || last === '') return '';
	return `
owners = ${literal(parts.slice(0, -1).map((part) => part.toLowerCase()))}
owned = find(${literal(String.raw`\b(?:def|function|class|fn|func)[ \t]+${last}\b|^[ \t]+(?:async[ \t]+)?${last}[ \t]*\(.*\{[ \t]*$`)}, paths)
owned.sort(key=lambda hit: (-sum(owner in hit.path.lower() for owner in owners), hit.text[:1].isspace(), len(hit.path)))
if owned and (not defined or rank(defined[0]) > 3):
    nearest = [hit for hit in owned if any(owner in hit.path.lower() for owner in owners)]
    defined = (nearest or owned)[:3]`;
}
