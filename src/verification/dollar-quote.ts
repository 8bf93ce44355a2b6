const DOLLAR = 0x24;
/** A tag is a name, and names have at most 63 bytes. */
const QUOTE_BYTES_MAX = 65;
const TAG = /^([A-Za-z_\x80-\xff][\w\x80-\xff]*)?$/;

/**
 * The dollar quote that starts at the dollar sign at `at`, such as `$$` or `$body$`; `more` when its end is not there yet,
 * undefined when it is none (PostgreSQL documentation, 4.1.2.4 "Dollar-Quoted String Constants").
 */
export function dollarQuoteAt(bytes: Buffer, at: number): Buffer | 'more' | undefined {
  const window = bytes.subarray(at + 1, at + QUOTE_BYTES_MAX);
  const length = window.indexOf(DOLLAR);
  if (length >= 0) {
    return TAG.test(window.toString('latin1', 0, length)) ? bytes.subarray(at, at + length + 2) : undefined;
  }
  const canGoOn = window.length < QUOTE_BYTES_MAX - 1 && TAG.test(window.toString('latin1'));
  return canGoOn ? 'more' : undefined;
}

/** Whether a byte can be part of a name: a dollar sign behind one starts no quote. */
export function isNameByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const isLetter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
  return isLetter || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f || byte === DOLLAR || byte >= 0x80;
}
