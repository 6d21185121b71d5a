/** A message of a request; its content is a text, or a list of parts in some protocols. */
export interface Message {
	readonly role: string;
	readonly content: string | readonly object[];
}

/** Stands where a template wants somebody to speak who has nothing to say. */
const GO_ON = 'Go on.';

/** Puts what the system says at the beginning of the first message of the user. */
export function withoutSystem(messages: readonly Message[]): readonly Message[] {
	const system = messages.filter(({ role }) => role === 'system');
	const others = messages.filter(({ role }) => role !== 'system');
	if (system.length === 0) return messages;
	const first = others.findIndex(({ role }) => role === 'user');
	const opening = [...system, ...(first < 0 ? [] : [others[first] as Message])].reduce(joined);
	const before = others.slice(0, Math.max(0, first));
	return [...before, { ...opening, role: 'user' }, ...others.slice(first + 1)];
}

/**
 * Whether user and assistant speak in turn, the user first and last.
 * @param isOpen whether the last message is the beginning of the reply
 */
export function isAlternating(messages: readonly Message[], isOpen: boolean): boolean {
	const others = messages.filter(({ role }) => role !== 'system');
	return (
		others.every(({ role }, index) => role === (index % 2 === 0 ? 'user' : 'assistant')) &&
		others.length % 2 === (isOpen ? 0 : 1)
	);
}

/**
 * Joins neighbouring messages of one author, as some templates demand, and lets the user begin and end.
 * @param isOpen whether the last message is the beginning of the reply, which stays the last
 */
export function alternating(messages: readonly Message[], isOpen: boolean): readonly Message[] {
	const system = messages.filter(({ role }) => role === 'system');
	const others: Message[] = [];
	for (const message of messages.filter(({ role }) => role !== 'system')) {
		const last = others.at(-1);
		if (last?.role === message.role) others[others.length - 1] = joined(last, message);
		else others.push(message);
	}
	if (others[0]?.role === 'assistant') others.unshift({ role: 'user', content: GO_ON });
	if (!isOpen && others.at(-1)?.role === 'assistant') others.push({ role: 'user', content: GO_ON });
	return [...system, ...others];
}

function joined(first: Message, second: Message): Message {
	if (typeof first.content === 'string' && typeof second.content === 'string') {
		return { ...second, content: `${first.content}\n\n${second.content}` };
	}
	return { ...second, content: [...parts(first), ...parts(second)] };
}

function parts({ content }: Message): readonly object[] {
	return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}
