/** Bytes of a frame's header at most. */
export const HEADER_BYTES = 1 << 20;
/** Bytes of a frame's payload at most. */
export const PAYLOAD_BYTES = 64 << 20;
/** Characters of a name at most. */
export const NAME_CHARACTERS = 500;
