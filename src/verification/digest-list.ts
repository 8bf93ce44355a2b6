import { type BackupManifest, parseBackupManifest } from './backup-manifest.ts';
import { parseChecksumList } from './checksum-list.ts';
import type { DigestList, ExpectedFile } from './expected-file.ts';
import { type Finding, printable } from './finding.ts';
import { DEFAULT_LIMITS, type VerificationLimits } from './limits.ts';
import { hostileListedName } from './listed-name.ts';
import { type Manifest, parseManifest } from './manifest.ts';
import { normalName } from './tar-name.ts';
import { parseTreeManifest, type TreeEntry, type TreeManifest } from './tree-manifest.ts';

/** A list with what it was read from, or why there is none. */
export type ReadDigestList =
  | {
      readonly list: DigestList;
      /** The manifest that it was, where it was one: for its signature, and for what else it says. */
      readonly manifest?: Manifest;
      readonly treeManifest?: TreeManifest;
      readonly backupManifest?: BackupManifest;
      readonly finding?: undefined;
    }
  | {
      readonly list?: undefined;
      readonly manifest?: undefined;
      readonly treeManifest?: undefined;
      readonly backupManifest?: undefined;
      readonly finding: Finding;
    };

type Limits = Pick<VerificationLimits, 'documentBytesMax' | 'entriesMax'>;

/**
 * Reads a list of digests of whatever kind, told by its content: our manifests (`muster-manifest/1`, `muster-tree/1`),
 * PostgreSQL's `backup_manifest`, or a checksum list. Signatures are not checked here.
 */
export function readDigestList(bytes: Buffer, fileName: string, limits: Limits = DEFAULT_LIMITS): ReadDigestList {
  const name = printable(fileName);
  const refuse = (kind: Finding['kind'], message: string): ReadDigestList => ({
    finding: { kind, file: fileName, message },
  });
  if (bytes.length === 0) return refuse('empty', `${name} is empty.`);
  if (bytes.length > limits.documentBytesMax) {
    return refuse('hostile', `${name} has ${bytes.length} bytes; at most ${limits.documentBytesMax} are read.`);
  }
  switch (kindOf(bytes)) {
    case 'tree':
      return ofTree(parseTreeManifest(bytes, fileName), fileName);
    case 'manifest':
      return ofManifest(parseManifest(bytes, fileName), fileName);
    case 'backup':
      return ofBackup(parseBackupManifest(bytes, fileName), fileName);
    case 'json':
      return isJson(bytes)
        ? refuse('unknown-format', `${name} is a JSON document, but no manifest that is known here.`)
        : refuse('corrupt', `${name} begins as JSON and is none: it is cut or damaged.`);
    case 'lines':
      return parseChecksumList(bytes, fileName, limits);
  }
}

const BACKUP_MARK = '"PostgreSQL-Backup-Manifest-Version"';

/** The member `format` of our own documents stands on a line of its own, which no text inside them can imitate. */
function kindOf(bytes: Buffer): 'tree' | 'manifest' | 'backup' | 'json' | 'lines' {
  if (!/^\s*\{/.test(bytes.toString('latin1', 0, 64))) return 'lines';
  if (bytes.subarray(0, 400).includes(BACKUP_MARK)) return 'backup';
  if (bytes.includes('\n  "format": "muster-tree/')) return 'tree';
  if (bytes.includes('\n  "format": "muster-manifest/')) return 'manifest';
  return 'json';
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function ofTree({ manifest, finding }: ReturnType<typeof parseTreeManifest>, source: string): ReadDigestList {
  if (manifest === undefined) return { finding };
  const entries = new Map(manifest.entries.map((entry) => [entry.path, expectedOf(entry)] as const));
  const only = manifest.scope === 'names' ? { only: topNames(entries.keys()) } : {};
  return { list: { source, kind: 'muster-tree', entries, ...only }, treeManifest: manifest };
}

function topNames(paths: Iterable<string>): string[] {
  const names = new Set<string>();
  for (const path of paths) names.add(path.includes('/') ? path.slice(0, path.indexOf('/')) : path);
  return [...names];
}

function expectedOf(entry: TreeEntry): ExpectedFile {
  const { type, mode, mtimeSeconds } = entry;
  if (type === 'directory') return { digests: [], type, mode, mtimeSeconds };
  if (type === 'symlink') return { digests: [], type, mode, mtimeSeconds, target: entry.target };
  const { sizeBytes, sha256, chunkBytes, chunks } = entry;
  return {
    digests: [{ algorithm: 'sha256', hex: sha256 }],
    type,
    mode,
    mtimeSeconds,
    sizeBytes,
    ...(chunkBytes === undefined || chunks === undefined ? {} : { chunks: { chunkBytes, chunks } }),
  };
}

function ofManifest({ manifest, finding }: ReturnType<typeof parseManifest>, source: string): ReadDigestList {
  if (manifest === undefined) return { finding };
  const entries = manifest.files.map(({ path, sizeBytes, sha256, chunkBytes, chunks }) => {
    return [
      path,
      { digests: [{ algorithm: 'sha256', hex: sha256 }], sizeBytes, chunks: { chunkBytes, chunks } },
    ] as const;
  });
  return { list: { source, kind: 'muster-manifest', entries: new Map(entries) }, manifest };
}

function ofBackup({ manifest, finding }: ReturnType<typeof parseBackupManifest>, source: string): ReadDigestList {
  if (manifest === undefined) return { finding };
  const entries = new Map<string, ExpectedFile>();
  const algorithm = manifest.digestAlgorithm;
  for (const [path, { sizeBytes, checksum }] of manifest.files) {
    const why = hostileListedName(path, true);
    if (why !== undefined) {
      const message = `${printable(source)} lists ${printable(path)}: ${why}.`;
      return { finding: { kind: 'hostile', file: source, message } };
    }
    const digests = algorithm === undefined || checksum === undefined ? [] : [{ algorithm, hex: checksum }];
    entries.set(normalName(path), { digests, sizeBytes });
  }
  return { list: { source, kind: 'backup_manifest', entries }, backupManifest: manifest };
}
