/** Maximum of a frame's header, bytes. */
export const HEADER_BYTES = 1 << 20;
/** Maximum of a frame's payload, bytes. */
export const PAYLOAD_BYTES = 64 << 20;
/** Maximum of calls in one frame. Python sends no more, and each costs the host time before it can be refused. */
export const FRAME_CALLS = 4000;
/** Maximum of a name, characters. */
export const NAME_CHARACTERS = 500;
/** Maximum of stop texts of one call, and of the characters of each. */
export const STOP_TEXTS = 8;
export const STOP_CHARACTERS = 200;
