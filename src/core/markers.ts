/**
 * Marks that belong to the chat format of a model and not to what it says. Servers without a parser for the model's
 * format pass them on as text. Every pattern looks at a character a bounded number of times.
 */

const THOUGHT = 'think(?:ing)?|thoughts?|reasoning';

/**
 * Opens a block of reasoning: `<think>`, `<seed:think>`, `<thought>`, `[THINK]`, `◁think▷`, `<|START_THINKING|>`,
 * `<|begin_of_thought|>`, `<|inner_prefix|>`, `<|channel>thought` and the like.
 */
export const REASONING_START = `<(?:[a-z]{1,12}[:_])?(?:${THOUGHT})(?:\\s[^<>\\n]{0,80})?>|\\[THINK\\]|◁think▷|<\\|(?:(?:begin|start)_(?:of_)?)?(?:${THOUGHT})(?:_(?:begin|start))?\\|>|<\\|inner_prefix\\|>|<\\|channel>thought\\n?|<unused94>(?:thought\\n)?`;

/** Closes a block of reasoning. */
export const REASONING_END = `</(?:[a-z]{1,12}[:_])?(?:${THOUGHT})>|\\[/THINK\\]|◁/think▷|<\\|(?:/|end_(?:of_)?)(?:${THOUGHT})\\|>|<\\|(?:${THOUGHT})_end\\|>|<\\|inner_suffix\\|>|<channel\\|>|<unused95>`;

/** Ends what a model says: its stop token, when the server does not take it out. */
export const TURN_END =
	'<\\|(?:im_end|eot_id|eom_id|endoftext|end_of_text|end|eot|eos|return|call|endofturn|end_of_turn|END_OF_TURN_TOKEN|role_end|message_end)\\|>|\\[\\|endofturn\\|\\]|<[|｜]end[_▁]of[_▁]sentence[|｜]>|<\\|EOT\\|>|</s>|<eos>|<end_of_turn>|<turn\\|>|<end_of_utterance>|<end_code>|\\[e~\\[';

/** Begins what somebody says. */
export const TURN_START =
	'<\\|im_start\\|>|<\\|start_header_id\\|>|<\\|start\\|>|<start_of_turn>|<\\|turn>|<\\|START_OF_TURN_TOKEN\\|>|\\[INST\\]|<[|｜](?:user|assistant|system|observation)[|｜]>|<\\|begin_of_text\\|>|<bos>|<s>';

/** A token of a chat format that no text ends with: whatever stands between such bars. */
export const SPECIAL = `<[|｜][\\w▁/.:-]{1,40}[|｜]>|<extra_id_\\d{1,3}>|<(?:unk|pad)>|${TURN_END}`;

/** How a model's own part begins, when the server repeats that. */
export const OWN_START =
	'(?:<bos>|<s>|<\\|begin_of_text\\|>|<[|｜]begin▁of▁sentence[|｜]>)?\\s*(?:<\\|im_start\\|>assistant\\n|<\\|start_header_id\\|>assistant<\\|end_header_id\\|>|<start_of_turn>model\\n|<\\|turn>model\\n|<[|｜]assistant[|｜]>)?';

/** The longest of all marks, characters. */
export const LONGEST_MARK = 120;
