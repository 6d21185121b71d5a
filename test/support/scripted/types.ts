export type Wire = 'ollama' | 'openai' | 'anthropic';

/** What a broken server does. Each is played at the chat request whose reply names it. */
export type Fault =
	// --- before the reply
	/** Accepts the request and never answers. */
	| 'hang-before-headers'
	/** Sends the head of the response and then comments, pings or blank lines for ever, but nothing of the reply. */
	| 'pings-before-reply'
	/** Resets the connection before any byte of a response. */
	| 'reset'
	/** Closes the connection in good order before any byte of a response. */
	| 'close-before-headers'
	/** Answers with what is not HTTP. */
	| 'not-http'
	/** Answers, and closes the kept-alive connection when the next request comes over it. */
	| 'stale-connection'
	/** The same with a reset. */
	| 'stale-reset'
	// --- in the middle of the reply
	/** Closes the connection, without the end marker. */
	| 'cut'
	/** Resets the connection. */
	| 'reset-in-body'
	/** Ends the reply in good order, but without the end marker. */
	| 'end-without-marker'
	/** Ends the reply in good order in the middle of a line. */
	| 'end-in-line'
	/** Sends the first half of the reply and then nothing. */
	| 'hang-in-body'
	/** Like `hang-in-body`, but keeps sending comments, pings or blank lines. */
	| 'hang-with-pings'
	/** Like `hang-in-body`, but keeps sending single bytes of a line that never ends. */
	| 'hang-with-bytes'
	/** The first half of the reply, then an error in the protocol's own form with `body` as its text. */
	| 'error-after-start'
	// --- what is in it
	/** A line in the middle that is not of the protocol. */
	| 'garbage-line'
	/** A piece of the reply whose JSON is broken. */
	| 'malformed-json'
	/** A byte in the text that is no UTF-8. */
	| 'invalid-utf8'
	/** A success without any output. */
	| 'empty'
	/** A success whose body has no byte. */
	| 'nothing'
	/** Status 200 with `body` (an error object) as the whole answer. */
	| 'error-in-success'
	/** Status 200 with the page of a proxy. */
	| 'html-in-success'
	// --- unusual, but in order
	/** Sends every byte on its own, so that characters and lines are split everywhere. */
	| 'split-bytes'
	/** Splits every line in its middle. */
	| 'split-lines'
	/** Lines end with CR and LF. */
	| 'crlf'
	/** Begins with a byte order mark. */
	| 'byte-order-mark'
	/** Event streams only: no space behind the colon of a field. */
	| 'no-space'
	/** Event streams only: the data of each event is spread over several lines. */
	| 'multi-line-data'
	/** OpenAI only: chunks without choices in the middle. */
	| 'empty-choices'
	/** OpenAI only: no `[DONE]` behind the finish reason. */
	| 'no-done'
	/** Reports usage before the reply and again behind it. */
	| 'usage-twice';

export interface ScriptedReply {
	readonly text?: string;
	readonly reasoning?: string;
	readonly finish?: 'stop' | 'length' | 'refusal';
	/** Reported tokens; `null` reports none. Absent: counted at four characters a token. */
	readonly usage?: {
		readonly prompt: number;
		readonly completion: number;
		readonly cached?: number;
		/** Prompt tokens that are written to the cache. */
		readonly written?: number;
		/** OpenAI protocol only: USD that were charged, as OpenRouter reports it. */
		readonly cost?: number;
	} | null;
	/** Number of pieces that the text comes in; 3 when absent. */
	readonly chunks?: number;
	/** Waited before the head of the response. */
	readonly delayMs?: number;
	/** Waited before each piece. */
	readonly chunkDelayMs?: number;
	/** An error status; the answer is then `body`. */
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
	/** Error text, wrapped as the protocol does it, or a whole body when it is an object. */
	readonly body?: string | object;
	/** A whole body as it is, for answers that do not come from the model server: a proxy's page. */
	readonly page?: string;
	/** The model named in the reply, when it is not the one asked for. */
	readonly model?: string;
	readonly fault?: Fault;
}

/** One request as the server saw it. */
export interface ScriptedRequest {
	/** Position among the chat requests, from 0. */
	readonly index: number;
	readonly method: string;
	readonly path: string;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	/** Parsed body; undefined when there was none. */
	readonly body: Readonly<Record<string, unknown>> | undefined;
	readonly model: string;
	/** Messages with their text, the system prompt first, in every protocol. */
	readonly messages: readonly { readonly role: string; readonly content: string }[];
	/** Text of the newest message. */
	readonly text: string;
	/** Connection number, from 0: equal numbers mean a reused connection. */
	readonly connection: number;
	/** The client closed the connection before the reply was complete. */
	closedEarly: boolean;
}
