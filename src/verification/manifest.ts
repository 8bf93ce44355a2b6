import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { canonicalDocument } from './canonical-json.ts';
import { CHUNK_BYTES_MIN, CHUNK_DIGEST_BYTES, chunkCount } from './chunked-digest.ts';
import type { RecordedFile } from './diagnosis.ts';
import { MANIFEST_FILE } from './directory-marks.ts';
import type { Finding } from './finding.ts';
import {
  asCanonical,
  type DocumentFormat,
  parseDocument,
  signatureSchema,
  signDocument,
  verifyDocument,
} from './signed-document.ts';

/** The format and version that this engine writes and reads. */
export const MANIFEST_FORMAT = 'muster-manifest/1';

const sizeBytes = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const lsn = z.string().regex(/^(0|[1-9A-F][0-9A-F]{0,7})\/(0|[1-9A-F][0-9A-F]{0,7})$/);
const timeline = z.int().min(1).max(0xffff_ffff);

const entrySchema = z.strictObject({
  path: z.string().min(1),
  type: z.enum(['file', 'directory', 'symlink', 'hardlink']),
  sizeBytes,
  mode: z.int().min(0),
  /** Seconds since 1970, fractions dropped. */
  mtimeSeconds: z.int(),
  /** Files only. */
  sha256: sha256.optional(),
  /** Links only: where they point. */
  target: z.string().optional(),
});

const fileSchema = z
  .strictObject({
    path: z.string().refine(isRelativePath, 'must be a relative path without . or .. or empty parts'),
    sizeBytes,
    sha256,
    chunkBytes: z
      .int()
      .min(CHUNK_BYTES_MIN)
      .refine((bytes) => Number.isInteger(Math.log2(bytes)), 'must be a power of two'),
    chunks: z.base64(),
    decodedBytes: sizeBytes.optional(),
    entries: z.array(entrySchema).optional(),
    tree: z.strictObject({ unreadCount: z.int().min(0) }).optional(),
  })
  .refine(
    (file) =>
      Buffer.byteLength(file.chunks, 'base64') === chunkCount(file.sizeBytes, file.chunkBytes) * CHUNK_DIGEST_BYTES,
    'must have one digest for each chunk',
  );

const walRangeSchema = z.strictObject({ timeline, startLsn: lsn, endLsn: lsn });

const manifestSchema = z.strictObject({
  format: z.literal(MANIFEST_FORMAT),
  createdAt: z.iso.datetime(),
  attributes: z.record(z.string(), z.string()),
  requiredWal: z.array(walRangeSchema).optional(),
  files: z.array(fileSchema).min(1),
  signature: signatureSchema.optional(),
});

/** One entry of an archive, as a manifest lists it. */
export type ManifestEntry = Readonly<z.infer<typeof entrySchema>>;

/** One stored file, as a manifest lists it. */
export type ManifestFile = Readonly<z.infer<typeof fileSchema>>;

/** A range of write-ahead log, LSNs as PostgreSQL prints them. */
export type WalRange = Readonly<z.infer<typeof walRangeSchema>>;

/**
 * The manifest of a directory of files, format `muster-manifest/1`.
 *
 * ```json
 * {
 *   "attributes": { "set": "muster-database" },
 *   "createdAt": "2026-11-22T15:10:00Z",
 *   "files": [
 *     {
 *       "chunkBytes": 65536,
 *       "chunks": "base64 of 16 bytes for each chunk",
 *       "decodedBytes": 41943040,
 *       "entries": [
 *         { "mode": 384, "mtimeSeconds": 1795360200, "path": "000000010000000000000002",
 *           "sha256": "64 hexadecimal digits", "sizeBytes": 16777216, "type": "file" }
 *       ],
 *       "path": "wal.tar.zst",
 *       "sha256": "64 hexadecimal digits",
 *       "sizeBytes": 20841
 *     }
 *   ],
 *   "format": "muster-manifest/1",
 *   "requiredWal": [{ "endLsn": "0/2000158", "startLsn": "0/2000028", "timeline": 1 }],
 *   "signature": { "algorithm": "ed25519", "keyId": "32 hexadecimal digits", "value": "128 hexadecimal digits" }
 * }
 * ```
 *
 * - `files` names every file of the directory but the manifest itself, by path relative to it with `/`, each once.
 *   A file that is not named is a finding of the check.
 * - `sha256` is of the stored bytes. `chunks` holds, for each piece of `chunkBytes` (64 KiB up to files of 4 GiB, then
 *   doubled until there are at most 65,536 pieces; the last may be shorter), the first 16 bytes of its SHA-256.
 *   128 bits are enough to *locate* damage, which is all they are for; `sha256` is what proves the file.
 * - `decodedBytes` and `entries` describe an archive that was read back when the manifest was made, or described while it was
 *   written: the length of the decoded stream (of a zip: of all contents), and every entry in its order. Both are optional.
 * - `tree` says that the archive is a directory tree as it was found: its symbolic links may lead anywhere, and its names may
 *   hold control characters. `unreadCount` names in it could not be read, or not to their ends, when it was packed.
 * - `requiredWal` names the write-ahead log that a PostgreSQL recovery point must hold, end included up to the restore
 *   point. `attributes` are free strings of the writer.
 * - The signature is Ed25519 over the bytes of `muster-manifest/1`, a newline, and the canonical JSON (RFC 8785) of the
 *   manifest without its `signature` member. `keyId` is described at `keyIdOf`.
 * - The stored file is UTF-8: keys sorted, indented by two spaces, a newline at the end. A reader refuses any other
 *   byte sequence, so that no byte of the file can change unseen.
 */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

/**
 * The manifest, signed with an Ed25519 private key. A signature that was there is replaced.
 *
 * @throws {AppError} `invalid` when the key is not an Ed25519 private key.
 */
export function signManifest(manifest: Manifest, privateKey: KeyObject): Manifest {
  return signDocument(manifest, privateKey);
}

/** The bytes of the file `manifest.json`. */
export function serialiseManifest(manifest: Manifest): Buffer {
  return Buffer.from(canonicalDocument(asCanonical(manifest)), 'utf8');
}

const FORMAT: DocumentFormat<Manifest> = {
  name: MANIFEST_FORMAT,
  schema: manifestSchema,
  serialise: serialiseManifest,
  objection: ({ files }) =>
    new Set(files.map(({ path }) => path)).size < files.length ? 'The manifest names a file twice.' : undefined,
};

/** A manifest, or why there is none. */
export type ParsedManifest =
  | { readonly manifest: Manifest; readonly finding?: undefined }
  | { readonly manifest?: undefined; readonly finding: Finding };

/** Reads the bytes of a manifest file strictly: known format, every member, exactly the bytes that a writer makes. */
export function parseManifest(bytes: Buffer, file: string = MANIFEST_FILE): ParsedManifest {
  const { document, finding } = parseDocument(FORMAT, bytes, file);
  return document === undefined ? { finding } : { manifest: document };
}

/**
 * Checks the signature of a manifest against the keys that the check trusts. Nothing returned means that one of them
 * signed exactly this manifest.
 */
export function verifyManifest(
  manifest: Manifest,
  publicKeys: readonly KeyObject[],
  file: string = MANIFEST_FILE,
): Finding | undefined {
  return verifyDocument(manifest, publicKeys, file);
}

/** What the manifest records of a file. */
export function recordOf({ sha256: hex, sizeBytes, chunkBytes, chunks }: ManifestFile): RecordedFile {
  return {
    source: 'the manifest',
    digests: [{ algorithm: 'sha256', hex }],
    sizeBytes,
    chunks: { chunkBytes, chunkDigests: Buffer.from(chunks, 'base64') },
  };
}

/** Whether a path is relative, inside its directory, and written in the one normal way. */
export function isRelativePath(path: string): boolean {
  return !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
