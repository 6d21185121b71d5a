/** Bytes of a frame's header at most. */
export const HEADER_BYTES = 1 << 20;
/** Bytes of a frame's payload at most. */
export const PAYLOAD_BYTES = 64 << 20;
/** Calls in one frame at most: Python sends no more, and every one costs the host time before it can refuse anything. */
export const FRAME_CALLS = 4000;
/** Characters of a name at most. */
export const NAME_CHARACTERS = 500;
