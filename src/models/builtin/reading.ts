import { EXTRACT_INSTRUCTION, NOTHING, SUMMARY_INSTRUCTION } from './extract.ts';
import { literal } from './python.ts';
import type { Question } from './question.ts';

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

/** Python that has one more sub-call choose among the evidence of several, so that the best stand first: `best`. */
export const CHOOSE_BEST = `best = []
if len(replies) > 1 and evidence:
    keep(llm_query(prompt_for([f'=== {path}:{line}\\n{text}' for path, line, text in evidence])), best)
best = best or evidence`;

/** Python that tells whether the sub-calls found nothing. */
export const HAS_NOTHING = `not evidence or all(str(reply).strip().lower().startswith(${literal(NOTHING)}) for reply in replies)`;
