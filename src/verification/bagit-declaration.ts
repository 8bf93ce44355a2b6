import type { Finding } from './finding.ts';

/** What `bagit.txt` says of a bag. */
export interface BagDeclaration {
  readonly major: number;
  readonly minor: number;
  /** Of every other tag file, as it is written there. */
  readonly encoding: string;
}

/** A declaration, or why there is none. */
export type ParsedDeclaration =
  | { readonly declaration: BagDeclaration; readonly finding?: undefined }
  | { readonly declaration?: undefined; readonly finding: Finding };

/** The file that makes a directory a bag. */
export const BAG_DECLARATION_FILE = 'bagit.txt';

/** Versions that the rules here are written for: the drafts from 0.93 on, and RFC 8493. */
const KNOWN_VERSIONS: ReadonlySet<string> = new Set(['0.93', '0.94', '0.95', '0.96', '0.97', '1.0']);

/**
 * Reads `bagit.txt` (RFC 8493, 2.1.1): two lines, UTF-8 whatever the encoding of the other files, without a byte order
 * mark and without blanks before the colon.
 */
export function parseBagDeclaration(bytes: Buffer): ParsedDeclaration {
  const refuse = (kind: Finding['kind'], message: string): ParsedDeclaration => ({
    finding: { kind, file: BAG_DECLARATION_FILE, message },
  });
  if (bytes.length === 0) return refuse('empty', 'bagit.txt is empty.');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return refuse('corrupt', 'bagit.txt begins with a byte order mark, which it must not have.');
  }
  const lines = bytes
    .toString('utf8')
    .split(/\r\n|\n|\r/)
    .filter((line) => line !== '');
  const version = /^BagIt-Version: ?(\d+)\.(\d+)[ \t]*$/.exec(lines[0] ?? '');
  if (version === null) return refuse('corrupt', 'bagit.txt does not begin with a line such as "BagIt-Version: 1.0".');
  const said = `${Number(version[1])}.${version[2]}`;
  if (!KNOWN_VERSIONS.has(said)) {
    return refuse('unknown-format', `The bag has version ${said}; known are ${[...KNOWN_VERSIONS].join(', ')}.`);
  }
  const encoding = /^Tag-File-Character-Encoding: ?([!-~]+)[ \t]*$/.exec(lines[1] ?? '')?.[1];
  if (encoding === undefined) {
    const kind = lines.length < 2 ? 'truncated' : 'corrupt';
    return refuse(kind, 'bagit.txt has no second line such as "Tag-File-Character-Encoding: UTF-8".');
  }
  if (lines.length > 2) return refuse('corrupt', 'bagit.txt has more than its two lines.');
  return { declaration: { major: Number(version[1]), minor: Number(version[2]), encoding } };
}

/** Whether the bag keeps to RFC 8493, which is stricter than the drafts before it. */
export function isOfRfc({ major }: BagDeclaration): boolean {
  return major >= 1;
}
