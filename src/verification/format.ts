import type { Packing } from './decoder.ts';

/** What a stored file is taken for: how it is packed, and what is inside. */
export interface Format {
  readonly packing: Packing;
  /** `tar` is walked, `json` is parsed, `text` is read into memory for others, `opaque` is only digested and decoded. */
  readonly content: 'tar' | 'json' | 'text' | 'opaque';
}

/** The format that a file's name claims. */
export function claimedFormat(path: string): Format {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (name === 'backup_manifest') return { packing: 'none', content: 'text' };
  if (name.endsWith('.json')) return { packing: 'none', content: 'json' };
  if (name.endsWith('.tgz')) return { packing: 'gzip', content: 'tar' };
  const packing: Packing = name.endsWith('.gz') ? 'gzip' : name.endsWith('.zst') ? 'zstd' : 'none';
  const inner = packing === 'none' ? name : name.slice(0, name.lastIndexOf('.'));
  return { packing, content: inner.endsWith('.tar') ? 'tar' : 'opaque' };
}

/** A format as its first bytes show it; `packing` is there when this engine can undo it. */
export interface SeenFormat {
  readonly name: string;
  readonly packing?: Packing;
}

const MAGICS: readonly {
  readonly name: string;
  readonly packing?: Packing;
  readonly at: number;
  readonly bytes: Buffer;
}[] = [
  { name: 'gzip', packing: 'gzip', at: 0, bytes: Buffer.from([0x1f, 0x8b]) },
  { name: 'zstd', packing: 'zstd', at: 0, bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) },
  { name: 'tar', packing: 'none', at: 257, bytes: Buffer.from('ustar') },
  { name: 'xz', at: 0, bytes: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) },
  { name: 'bzip2', at: 0, bytes: Buffer.from('BZh') },
  { name: 'zip', at: 0, bytes: Buffer.from([0x50, 0x4b, 0x03, 0x04]) },
  { name: 'a PostgreSQL custom dump', at: 0, bytes: Buffer.from('PGDMP') },
  { name: 'SQLite', at: 0, bytes: Buffer.from('SQLite format 3\0') },
  { name: 'age', at: 0, bytes: Buffer.from('age-encryption.org/') },
];

/** The format that the first bytes of a file show (262 are enough); undefined when they show none that is known. */
export function seenFormat(head: Buffer): SeenFormat | undefined {
  return MAGICS.find(({ at, bytes }) => head.subarray(at, at + bytes.length).equals(bytes));
}

/** The name of a packing for people. */
export function packingName(packing: Packing, content: Format['content']): string {
  return packing === 'none' ? content : packing;
}
