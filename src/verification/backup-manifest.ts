import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CRC32C } from './digest-algorithm.ts';
import { BACKUP_MANIFEST_FILE } from './directory-marks.ts';
import { type Finding, printable } from './finding.ts';
import type { WalRange } from './manifest.ts';
import { decodeName } from './tar-header.ts';

/** One file of the base backup. */
interface BackupManifestFile {
  readonly sizeBytes: number;
  /** Hexadecimal; absent when the server was told to make none. */
  readonly checksum?: string;
}

/** PostgreSQL's manifest of a base backup, versions 1 and 2 (PostgreSQL 13 and newer). */
export interface BackupManifest {
  /** By path relative to the data directory. */
  readonly files: ReadonlyMap<string, BackupManifestFile>;
  /** The digest of all files, as `startDigest` names it; absent when there are none or their kind is not known here. */
  readonly digestAlgorithm?: string;
  /** The kind of checksum as the manifest names it, `NONE` for none. */
  readonly checksumAlgorithm: string;
  readonly walRanges: readonly WalRange[];
  /** Identifies the cluster; from version 2 on. */
  readonly systemIdentifier?: bigint;
}

/** A manifest, or why there is none. */
export type ParsedBackupManifest =
  | { readonly manifest: BackupManifest; readonly finding?: undefined }
  | { readonly manifest?: undefined; readonly finding: Finding };

const DIGEST_ALGORITHMS: Readonly<Record<string, string>> = {
  CRC32C,
  SHA224: 'sha224',
  SHA256: 'sha256',
  SHA384: 'sha384',
  SHA512: 'sha512',
};

const schema = z.object({
  'PostgreSQL-Backup-Manifest-Version': z.int(),
  'System-Identifier': z.unknown().optional(),
  Files: z.array(
    z.object({
      Path: z.string().optional(),
      'Encoded-Path': z
        .string()
        .regex(/^([0-9a-f]{2})+$/)
        .optional(),
      Size: z.int().min(0),
      'Checksum-Algorithm': z.string().optional(),
      Checksum: z
        .string()
        .regex(/^[0-9a-f]+$/)
        .optional(),
    }),
  ),
  'WAL-Ranges': z.array(z.object({ Timeline: z.int().min(1), 'Start-LSN': z.string(), 'End-LSN': z.string() })).min(1),
});

/**
 * Reads `backup_manifest` and checks it against its own checksum: the last line holds the SHA-256 of every byte before
 * that line (PostgreSQL documentation, "Backup Manifest Format").
 */
export function parseBackupManifest(bytes: Buffer, file: string = BACKUP_MANIFEST_FILE): ParsedBackupManifest {
  const refuse = (kind: Finding['kind'], message: string): ParsedBackupManifest => ({
    finding: { kind, file, message },
  });
  if (bytes.length === 0) return refuse('empty', 'The backup_manifest is empty.');
  const lastLineAt = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1;
  const lastLine = bytes.toString('latin1', lastLineAt);
  const recorded = /^"Manifest-Checksum": "([0-9a-f]{64})"\}\n$/.exec(lastLine)?.[1];
  if (recorded === undefined) return refuse('truncated', 'The backup_manifest does not end with its own checksum.');
  const actual = createHash('sha256').update(bytes.subarray(0, lastLineAt)).digest('hex');
  if (actual !== recorded) {
    const message = 'The backup_manifest does not fit its own checksum.';
    return { finding: { kind: 'corrupt', file, expected: recorded, actual, message } };
  }
  const parsed = schema.safeParse(parseJson(bytes));
  if (!parsed.success)
    return refuse(
      'unknown-format',
      `The backup_manifest has an unknown form: ${parsed.error.issues[0]?.message ?? ''}.`,
    );
  const version = parsed.data['PostgreSQL-Backup-Manifest-Version'];
  if (version !== 1 && version !== 2)
    return refuse('unknown-format', `The backup_manifest has version ${version}; known are 1 and 2.`);
  return gather(parsed.data, bytes, refuse);
}

function gather(
  data: z.infer<typeof schema>,
  bytes: Buffer,
  refuse: (kind: Finding['kind'], message: string) => ParsedBackupManifest,
): ParsedBackupManifest {
  const files = new Map<string, BackupManifestFile>();
  const algorithms = new Set<string>();
  for (const entry of data.Files) {
    const path = entry.Path ?? decodeName(Buffer.from(entry['Encoded-Path'] ?? '', 'hex'));
    if (path === '') return refuse('corrupt', 'The backup_manifest lists a file without a path.');
    if (files.has(path)) return refuse('hostile', `The backup_manifest lists ${printable(path)} twice.`);
    algorithms.add(entry['Checksum-Algorithm'] ?? 'NONE');
    files.set(path, { sizeBytes: entry.Size, ...(entry.Checksum === undefined ? {} : { checksum: entry.Checksum }) });
  }
  if (files.size === 0) return refuse('empty', 'The backup_manifest lists no file.');
  if (algorithms.size > 1) return refuse('unknown-format', 'The backup_manifest mixes kinds of checksum.');
  const checksumAlgorithm = [...algorithms][0] ?? 'NONE';
  const digestAlgorithm = DIGEST_ALGORITHMS[checksumAlgorithm];
  const systemIdentifier = systemIdentifierIn(bytes);
  return {
    manifest: {
      files,
      checksumAlgorithm,
      ...(digestAlgorithm === undefined ? {} : { digestAlgorithm }),
      walRanges: data['WAL-Ranges'].map((range) => ({
        timeline: range.Timeline,
        startLsn: range['Start-LSN'],
        endLsn: range['End-LSN'],
      })),
      ...(systemIdentifier === undefined ? {} : { systemIdentifier }),
    },
  };
}

/** The identifier has 64 bits and is written as a number: JSON.parse would round it, so it is read from the text. */
function systemIdentifierIn(bytes: Buffer): bigint | undefined {
  const digits = /"System-Identifier": ([0-9]{1,20}),/.exec(bytes.toString('latin1', 0, 400))?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
