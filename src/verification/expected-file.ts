/** The digest that a file is to have. */
export interface ExpectedDigest {
  /** In the words of `node:crypto`. */
  readonly algorithm: string;
  /** Lower-case hexadecimal digits. */
  readonly hex: string;
}

/** Digests of the pieces of a file, as a manifest records them: they locate what the whole file's digest has found. */
interface ExpectedChunks {
  readonly chunkBytes: number;
  /** Base64 of what `FileDigest.chunkDigests` holds. */
  readonly chunks: string;
}

/** What a list says of one name. What it does not say is not compared. */
export interface ExpectedFile {
  /** Several when the list has several kinds; none for what has no content, or when the list's kind is not known here. */
  readonly digests: readonly ExpectedDigest[];
  readonly sizeBytes?: number;
  /** The permission bits, set-id bits and sticky bit: at most 0o7777. */
  readonly mode?: number;
  /** Seconds since 1970, fractions dropped. */
  readonly mtimeSeconds?: number;
  /** Absent: a file. */
  readonly type?: 'file' | 'directory' | 'symlink';
  /** Links only: where it points. */
  readonly target?: string;
  readonly chunks?: ExpectedChunks;
}

/** The sorts of lists that are known. */
type DigestListKind = 'sha256sums' | 'bsd' | 'backup_manifest' | 'muster-manifest' | 'muster-tree' | 'bagit';

/** A list of files with what they must be, whatever it was written as. */
export interface DigestList {
  /** The list's own name, for messages. */
  readonly source: string;
  readonly kind: DigestListKind;
  /** By relative path in the normal form of `normalName`, in the order of the list. */
  readonly entries: ReadonlyMap<string, ExpectedFile>;
  /** Given when only these names directly below the root are spoken of: the ones beside them may be anything. */
  readonly only?: readonly string[];
}

/** Algorithms for which somebody can make another content with the same digest. */
const WEAK_ALGORITHMS: ReadonlySet<string> = new Set(['md5', 'sha1']);

/** Whether the algorithm shows rot, but no forgery: MD5 and SHA-1. */
export function isWeakAlgorithm(algorithm: string): boolean {
  return WEAK_ALGORITHMS.has(algorithm);
}

/** Whether some file of the list has weak digests only. They show rot as well as any, but a forger can keep them. */
export function isWeak({ entries }: DigestList): boolean {
  for (const { digests } of entries.values()) {
    if (digests.length > 0 && digests.every(({ algorithm }) => isWeakAlgorithm(algorithm))) return true;
  }
  return false;
}
