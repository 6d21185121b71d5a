import { EXTRACT_INSTRUCTION, SUMMARY_INSTRUCTION } from './extract.ts';
import { literal } from './python.ts';
import type { Question } from './question.ts';
import { isStopWord } from './words.ts';

/** Characters of passages in one prompt: several prompts at a time read faster than one long one. */
const PROMPT_CHARACTERS = 9_000;

/**
 * Python that has sub-models read `passages`, a list of (path, first line, text), and keeps the lines they quote as
 * `evidence`, a list of (path, line, text) with the best first.
 */
export function readPassages(question: Question, isSummary = false): string {
	return `question = ${literal(question.text)}
instruction = ${literal(isSummary ? SUMMARY_INSTRUCTION : EXTRACT_INSTRUCTION)}
def prompt_for(texts):
    return instruction + '\\n\\n<question>\\n' + question + '\\n</question>\\n\\n<passages>\\n' + '\\n'.join(texts) + '\\n</passages>'
parts, size = [[]], 0
for path, first, text in passages:
    if parts[-1] and size + len(text) > ${PROMPT_CHARACTERS}:
        parts.append([])
        size = 0
    parts[-1].append(f'=== {path}:{first}\\n{text[:${PROMPT_CHARACTERS}]}')
    size += len(text)
replies = llm_query_batched([prompt_for(texts) for texts in parts[:20]])
known = set(files.paths)
evidence = []
def keep(reply, into):
    for quoted in reply.splitlines():
        match = re.match(r'[-*\\s]*(.+?):(\\d+)(?:-\\d+)?: *(\\S.*)', quoted)
        if match and match[1] in known and (match[1], int(match[2]), match[3]) not in into:
            into.append((match[1], int(match[2]), match[3]))
for reply in replies:
    keep(reply, evidence)
print(f'{len(replies)} sub-calls read {len(passages)} passages and quoted {len(evidence)} lines')
for path, line, text in evidence[:12]:
    print(f'{path}:{line}: {text[:160]}')`;
}

/**
 * Python that adds the beginnings of files and folders named after a word of the question to `passages`, where authors
 * say what they are for. Leaves them in `named_files`.
 */
export function openingsOfNamedFiles({ text }: Question): string {
	const words = (text.match(/[\p{L}\p{N}_-]{3,}/gu) ?? []).filter((word) => !isStopWord(word));
	return `asked_words = set(${literal(words.map((word) => word.toLowerCase()))})
def named(p):
    folder, _, name = p.lower().rpartition('/')
    return 2 * (name.rsplit('.', 1)[0] in asked_words) + (folder.rsplit('/', 1)[-1] in asked_words)
named_files = sorted((p for p in paths if named(p)), key=lambda p: (-named(p), p.count('/'), -files.size(p)))[:5]
passages += [(p, 1, files[p][:3_000]) for p in named_files]`;
}

/** Python that has one more sub-call choose among the evidence of several, so that the best stand first: `best`. */
export const CHOOSE_BEST = `best = []
if len(replies) > 1 and evidence:
    keep(llm_query(prompt_for([f'=== {path}:{line}\\n{text}' for path, line, text in evidence])), best)
best = best or evidence`;
