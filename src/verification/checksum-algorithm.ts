/** Digests by the tag that BSD tools, coreutils and OpenSSL print, in upper case, in the words of `node:crypto`. */
const BY_TAG: Readonly<Record<string, string>> = {
  MD5: 'md5',
  SHA1: 'sha1',
  SHA224: 'sha224',
  SHA256: 'sha256',
  SHA384: 'sha384',
  SHA512: 'sha512',
  'SHA512/224': 'sha512-224',
  'SHA512/256': 'sha512-256',
  SHA512T256: 'sha512-256',
  'SHA2-224': 'sha224',
  'SHA2-256': 'sha256',
  'SHA2-384': 'sha384',
  'SHA2-512': 'sha512',
  'SHA3-224': 'sha3-224',
  'SHA3-256': 'sha3-256',
  'SHA3-384': 'sha3-384',
  'SHA3-512': 'sha3-512',
  BLAKE2B: 'blake2b512',
  'BLAKE2B-512': 'blake2b512',
  BLAKE2B512: 'blake2b512',
  'BLAKE2S-256': 'blake2s256',
  BLAKE2S256: 'blake2s256',
  RMD160: 'ripemd160',
  RIPEMD160: 'ripemd160',
  SM3: 'sm3',
};

/** Bytes of each digest. */
const DIGEST_BYTES: Readonly<Record<string, number>> = {
  md5: 16,
  sha1: 20,
  ripemd160: 20,
  sha224: 28,
  'sha512-224': 28,
  'sha3-224': 28,
  sha256: 32,
  'sha512-256': 32,
  'sha3-256': 32,
  blake2s256: 32,
  sm3: 32,
  sha384: 48,
  'sha3-384': 48,
  sha512: 64,
  'sha3-512': 64,
  blake2b512: 64,
};

/** What a digest of that many bytes is when nothing else is said. */
const SHA_BY_BYTES: Readonly<Record<number, string>> = {
  16: 'md5',
  20: 'sha1',
  28: 'sha224',
  32: 'sha256',
  48: 'sha384',
  64: 'sha512',
};

/** Lists whose lines do not tell the family of their digests tell it in their names: `B2SUMS`, `SHA3-256SUMS`. */
const BY_FILE_NAME: readonly (readonly [name: RegExp, byBytes: Readonly<Record<number, string>>])[] = [
  [/blake2b|b2sum|^b2|\.b2$|blake2(?!s)/i, { 64: 'blake2b512' }],
  [/blake2s/i, { 32: 'blake2s256' }],
  [/blake3|b3sum|^b3|\.b3$/i, {}],
  [/sha-?3(?!84)/i, { 28: 'sha3-224', 32: 'sha3-256', 48: 'sha3-384', 64: 'sha3-512' }],
  [/sha-?512[-_/]256/i, { 32: 'sha512-256' }],
  [/rmd-?160|ripemd/i, { 20: 'ripemd160' }],
  [/sm3/i, { 32: 'sm3' }],
];

/** The algorithm of a BSD line's tag in the words of `node:crypto`; undefined when it is not known here. */
export function algorithmOfTag(tag: string): string | undefined {
  return Object.hasOwn(BY_TAG, tag.toUpperCase()) ? BY_TAG[tag.toUpperCase()] : undefined;
}

/** The algorithm of a digest of that many bytes in a list of that name; undefined when none is known. */
export function algorithmOfLength(digestBytes: number, listName: string): string | undefined {
  const base = listName.slice(listName.lastIndexOf('/') + 1);
  const byBytes = BY_FILE_NAME.find(([name]) => name.test(base))?.[1] ?? SHA_BY_BYTES;
  return byBytes[digestBytes];
}

/** How many bytes a digest of this algorithm has; undefined for one that is not known here. */
export function digestBytesOf(algorithm: string): number | undefined {
  return Object.hasOwn(DIGEST_BYTES, algorithm) ? DIGEST_BYTES[algorithm] : undefined;
}
