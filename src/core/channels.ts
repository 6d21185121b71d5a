import type { ToolCall } from './ports/model.ts';

/** The channels of gpt-oss: what it says to itself, to tools, and to the user. */

const HEADER =
	/(?:<\|start\|>[\w.:]{0,80})?(?:<\|channel\|>|^)[ \t]{0,8}(analysis|commentary|final)([^<\n]{0,200})(?:<\|constrain\|>[^<\n]{0,80})?<\|message\|>/g;
const BODY_END = /<\|(?:end|return|call|start|channel)\|>/g;
/** The same without its special tokens, as servers leave it that print no such tokens. */
const BARE = /^\s*analysis(?=[A-Z\s"'`*])([\s\S]*?)assistant(?:final|commentary(?![a-z]))/;

/** One message to a channel. */
interface ChannelMessage {
	readonly channel: string;
	/** What stands between channel and message, such as the function that is called. */
	readonly about: string;
	readonly body: string;
}

/** A reply in channels, read. */
interface Channels {
	readonly text: string;
	readonly reasoning: string;
	readonly calls: readonly ToolCall[];
}

/** Undefined when a reply is not in channels. */
export function readChannels(raw: string): Channels | undefined {
	const bare = BARE.exec(raw);
	if (bare) return { text: raw.slice(bare[0].length).trimStart(), reasoning: bare[1] ?? '', calls: [] };
	if (!raw.includes('<|message|>')) return undefined;
	const messages = messagesOf(raw);
	if (messages.length === 0) return undefined;
	const said = messages.filter(({ channel }) => channel === 'final');
	const called = messages.filter(({ about }) => /\bto=/.test(about));
	const outward = new Set([...said, ...called]);
	const thought = messages.filter((message) => !outward.has(message));
	const join = (chosen: readonly ChannelMessage[]) => chosen.map(({ body }) => body).join('\n');
	return { text: join(said).trim(), reasoning: join(thought), calls: called.map(asToolCall) };
}

function messagesOf(raw: string): ChannelMessage[] {
	const headers = [...raw.matchAll(HEADER)];
	return headers.map((header, index) => {
		const from = header.index + header[0].length;
		const to = Math.min(endOfBody(raw, from), headers[index + 1]?.index ?? raw.length);
		return { channel: header[1] ?? '', about: header[2] ?? '', body: raw.slice(from, to) };
	});
}

function endOfBody(raw: string, from: number): number {
	BODY_END.lastIndex = from;
	return BODY_END.exec(raw)?.index ?? raw.length;
}

function asToolCall({ about, body }: ChannelMessage): ToolCall {
	return { name: /\bto=([\w.-]{1,80})/.exec(about)?.[1] ?? '', arguments: body };
}
