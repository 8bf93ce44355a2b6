import type { Packing } from './decoder.ts';
import { dumpErrorIn } from './dump-error.ts';
import { BLOCK_BYTES, parseTarHeader } from './tar-header.ts';

/**
 * What is inside all packing. `tar`, `zip`, `postgres-custom`, `postgres-sql`, `mysql-sql` and `sqlite` are walked; `json` is
 * parsed; `text` is kept for whoever asked for the file; `opaque` is only digested and decoded.
 */
export type ContentKind =
  | 'tar'
  | 'zip'
  | 'postgres-custom'
  | 'postgres-sql'
  | 'mysql-sql'
  | 'sqlite'
  | 'json'
  | 'text'
  | 'opaque';

/** What a stored file is: how it is packed, outermost first, and what is inside. */
export interface Format {
  readonly packings: readonly Packing[];
  readonly content: ContentKind;
}

/** What a file's name claims. Without `contents` it claims nothing about the inside. */
export interface ClaimedFormat {
  readonly packings: readonly Packing[];
  readonly contents?: readonly ContentKind[];
}

/** What one layer's first bytes show: a packing, a content, or something that is known only by name. */
export type SeenFormat =
  | { readonly name: string; readonly packing: Packing; readonly content?: undefined }
  | { readonly name: string; readonly content: ContentKind; readonly packing?: undefined }
  | { readonly name: string; readonly content?: undefined; readonly packing?: undefined };

/** Bytes at the start of a layer that `seenFormat` looks at. */
export const HEAD_BYTES = 4096;

const PACKING_SUFFIX: Readonly<Record<Packing, string>> = {
  gzip: 'gz',
  zstd: 'zst',
  xz: 'xz',
  bzip2: 'bz2',
  age: 'age',
};

const PACKING_OF_SUFFIX: Readonly<Record<string, Packing>> = {
  gz: 'gzip',
  zst: 'zstd',
  zstd: 'zstd',
  xz: 'xz',
  bz2: 'bzip2',
  age: 'age',
};

/** Suffixes that stand for a tar in a packing. */
const PACKED_TAR: Readonly<Record<string, Packing>> = {
  tgz: 'gzip',
  tzst: 'zstd',
  txz: 'xz',
  tbz2: 'bzip2',
  tbz: 'bzip2',
};

const CONTENTS_OF_SUFFIX: Readonly<Record<string, readonly ContentKind[]>> = {
  tar: ['tar'],
  zip: ['zip'],
  jar: ['zip'],
  sql: ['postgres-sql', 'mysql-sql'],
  pgdump: ['postgres-custom'],
  sqlite: ['sqlite'],
  sqlite3: ['sqlite'],
  json: ['json'],
};

/** The format that a file's name claims. */
export function claimedFormat(path: string): ClaimedFormat {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (name === 'backup_manifest') return { packings: [], contents: ['text'] };
  const suffixes = name.split('.').slice(1);
  const packings: Packing[] = [];
  for (let suffix = suffixes.pop(); suffix !== undefined; suffix = suffixes.pop()) {
    const packing = PACKING_OF_SUFFIX[suffix];
    if (packing !== undefined) {
      packings.push(packing);
      continue;
    }
    const packedTar = PACKED_TAR[suffix];
    if (packedTar !== undefined) return { packings: [...packings, packedTar], contents: ['tar'] };
    const contents = CONTENTS_OF_SUFFIX[suffix];
    return contents === undefined ? { packings } : { packings, contents };
  }
  return { packings };
}

const MAGICS: readonly { readonly seen: SeenFormat; readonly at: number; readonly bytes: Buffer }[] = [
  magic({ name: 'gzip', packing: 'gzip' }, [0x1f, 0x8b]),
  magic({ name: 'zstd', packing: 'zstd' }, [0x28, 0xb5, 0x2f, 0xfd]),
  magic({ name: 'xz', packing: 'xz' }, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
  magic({ name: 'bzip2', packing: 'bzip2' }, 'BZh'),
  magic({ name: 'age', packing: 'age' }, 'age-encryption.org/'),
  magic({ name: 'age', packing: 'age' }, '-----BEGIN AGE ENCRYPTED FILE-----'),
  magic({ name: 'tar', content: 'tar' }, 'ustar', 257),
  magic({ name: 'zip', content: 'zip' }, [0x50, 0x4b, 0x03, 0x04]),
  magic({ name: 'zip', content: 'zip' }, [0x50, 0x4b, 0x05, 0x06]),
  magic({ name: 'a PostgreSQL custom dump', content: 'postgres-custom' }, 'PGDMP'),
  magic({ name: 'SQLite', content: 'sqlite' }, 'SQLite format 3\0'),
  magic({ name: '7z' }, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
  magic({ name: 'lz4' }, [0x04, 0x22, 0x4d, 0x18]),
  magic({ name: 'RAR' }, 'Rar!\x1a\x07'),
];

/** Comments with which the dump programs begin, behind any number of empty comment lines. */
const SQL_HEADS: readonly { readonly seen: SeenFormat; readonly form: RegExp }[] = [
  {
    seen: { name: 'a PostgreSQL dump', content: 'postgres-sql' },
    form: /^(\\restrict [^\n]*\n|--\r?\n|\s)*-- PostgreSQL database (cluster )?dump/,
  },
  {
    seen: { name: 'a MySQL dump', content: 'mysql-sql' },
    form: /^(\/\*M?!999999\\- enable the sandbox mode \*\/\s*)?-- (MySQL|MariaDB) dump/,
  },
];

function magic(seen: SeenFormat, bytes: string | readonly number[], at = 0) {
  return { seen, at, bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes) };
}

/** How scripts of SQL begin that no dump program wrote. */
const SQL_SCRIPT =
  /^\ufeff?\s*(--|\/\*|\\[a-z]|(CREATE|INSERT|SET|BEGIN|START|PRAGMA|DROP|USE|ALTER|SELECT|COPY|DELETE|UPDATE|GRANT|WITH)\b)/i;

/** Whether this may be the start of a script of SQL. */
export function looksLikeSql(head: Buffer): boolean {
  return SQL_SCRIPT.test(head.toString('utf8', 0, HEAD_BYTES));
}

/** The format that the first bytes of a layer show (`HEAD_BYTES` are enough); undefined when they show none that is known. */
export function seenFormat(head: Buffer): SeenFormat | undefined {
  const found = MAGICS.find(({ at, bytes }) => head.subarray(at, at + bytes.length).equals(bytes));
  if (found !== undefined) return found.seen;
  const isZstdSkippable = head.length >= 4 && (head.readUInt32LE(0) & 0xfffffff0) >>> 0 === 0x184d2a50;
  if (isZstdSkippable) return { name: 'zstd', packing: 'zstd' };
  const text = head.toString('latin1', 0, HEAD_BYTES);
  const sql = SQL_HEADS.find(({ form }) => form.test(text));
  if (sql !== undefined) return sql.seen;
  // The common failure of a script that looks at no exit status: the walker of dumps says what is wrong with it.
  if (dumpErrorIn(text) !== undefined) return { name: 'what a dump program complained', content: 'postgres-sql' };
  // Version 7 of tar has no magic, only a checksum that fits.
  if (head.length >= BLOCK_BYTES && head[0] !== 0 && parseTarHeader(head.subarray(0, BLOCK_BYTES)).header) {
    return { name: 'tar', content: 'tar' };
  }
  return undefined;
}

/** The format in the words of file names: `tar.gz`, `postgres-custom`, `sqlite.zst.age`; `unknown` when there is nothing known. */
export function formatName({ packings, content }: Format): string {
  const suffixes = packings.map((packing) => PACKING_SUFFIX[packing]).reverse();
  const parts = content === 'opaque' ? suffixes : [content, ...suffixes];
  return parts.length === 0 ? 'unknown' : parts.join('.');
}

/** What a name claims, for people. */
export function claimName({ packings, contents }: ClaimedFormat): string {
  const inner = contents?.join(' or ');
  const outer = packings.map((packing) => PACKING_SUFFIX[packing]).reverse();
  return [...(inner === undefined ? [] : [inner]), ...outer].join('.');
}
