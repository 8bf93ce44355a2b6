import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import { CHUNK_BYTES_MIN, CHUNK_DIGEST_BYTES, chunkCount } from './chunked-digest.ts';
import type { Finding } from './finding.ts';
import { isRelativePath } from './manifest.ts';
import {
  asCanonical,
  type DocumentFormat,
  parseDocument,
  signatureSchema,
  signDocument,
  verifyDocument,
} from './signed-document.ts';

/** The format and version that this engine writes and reads. */
export const TREE_FORMAT = 'muster-tree/1';

/** Files from this size on have a digest for each piece: of smaller ones the whole is located well enough. */
export const CHUNKED_FILE_BYTES_MIN = 1_048_576;

const path = z.string().min(1).refine(isRelativePath, 'must be a relative path without . or .. or empty parts');
const mode = z.int().min(0).max(0o7777);
const mtimeSeconds = z.int();

const treeEntrySchema = z.discriminatedUnion('type', [
  z.strictObject({ path, type: z.literal('directory'), mode, mtimeSeconds }),
  z.strictObject({ path, type: z.literal('symlink'), mode, mtimeSeconds, target: z.string().min(1) }),
  z
    .strictObject({
      path,
      type: z.literal('file'),
      mode,
      mtimeSeconds,
      sizeBytes: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      chunkBytes: z
        .int()
        .min(CHUNK_BYTES_MIN)
        .refine((bytes) => Number.isInteger(Math.log2(bytes)), 'must be a power of two')
        .optional(),
      chunks: z.base64().optional(),
    })
    .refine(hasItsChunks, 'must have one digest for each chunk, or no chunks'),
]);

const treeSchema = z.strictObject({
  format: z.literal(TREE_FORMAT),
  createdAt: z.iso.datetime(),
  attributes: z.record(z.string(), z.string()),
  scope: z.enum(['tree', 'names']),
  entries: z.array(treeEntrySchema).min(1),
  signature: signatureSchema.optional(),
});

/** One name of a tree: a file, a directory or a symbolic link. */
export type TreeEntry = Readonly<z.infer<typeof treeEntrySchema>>;

/**
 * The manifest of a directory tree, or of some of its files, format `muster-tree/1`. `muster-manifest/1` describes the
 * few large files of a recovery point and what is inside them; this one describes trees of very many files as they lie on
 * a disk, with directories, links and modes.
 *
 * ```json
 * {
 *   "attributes": {},
 *   "createdAt": "2026-11-22T15:10:00Z",
 *   "entries": [
 *     {"mode":493,"mtimeSeconds":1795360200,"path":"etc","type":"directory"},
 *     {"mode":420,"mtimeSeconds":1795360200,"path":"etc/hosts","sha256":"64 digits","sizeBytes":127,"type":"file"},
 *     {"mode":511,"mtimeSeconds":1795360200,"path":"etc/now","target":"hosts","type":"symlink"}
 *   ],
 *   "format": "muster-tree/1",
 *   "scope": "tree",
 *   "signature": {"algorithm":"ed25519","keyId":"32 hexadecimal digits","value":"128 hexadecimal digits"}
 * }
 * ```
 *
 * - `entries` names everything that was described, by relative path with `/`, in ascending order of UTF-16 code units, so
 *   each once. Bytes of a name that are not UTF-8 stand as `\xHH`. Hard links are files like any other.
 * - With the `scope` `tree` that is everything below the root but the manifest itself, and any other name there is a
 *   finding of the check. With `names` it is some names directly below the root, with all that is below them; the names
 *   beside them are not looked at.
 * - `mode` holds permission, set-id and sticky bits (at most 0o7777). `mtimeSeconds` has its fraction dropped.
 * - `chunkBytes` and `chunks` are as in `muster-manifest/1` and stand at files of 1 MiB and more: later damage is located
 *   to 64 KiB, and the manifest of many small files stays near 200 bytes a file.
 * - The signature is that of `signDocument`.
 * - The stored file is UTF-8: the members of the document one a line, indented by two spaces, and so the entries, by
 *   four; each in canonical JSON (RFC 8785); a newline at the end. A reader refuses any other byte sequence.
 */
export type TreeManifest = Readonly<z.infer<typeof treeSchema>>;

/** A manifest of a tree, or why there is none. */
export type ParsedTreeManifest =
  | { readonly manifest: TreeManifest; readonly finding?: undefined }
  | { readonly manifest?: undefined; readonly finding: Finding };

const FORMAT: DocumentFormat<TreeManifest> = {
  name: TREE_FORMAT,
  schema: treeSchema,
  serialise: serialiseTreeManifest,
  objection: ({ entries }) =>
    entries.some((entry, index) => index > 0 && (entries[index - 1]?.path ?? '') >= entry.path)
      ? 'The manifest names something twice, or its names are not in order.'
      : undefined,
};

/** The bytes of the manifest's file. */
export function serialiseTreeManifest(manifest: TreeManifest): Buffer {
  const members = Object.entries(manifest)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${memberText(key, value)}`);
  return Buffer.from(`{\n${members.join(',\n')}\n}\n`, 'utf8');
}

/** Reads the bytes of a manifest file strictly: known format, every member, exactly the bytes that a writer makes. */
export function parseTreeManifest(bytes: Buffer, file: string): ParsedTreeManifest {
  const { document, finding } = parseDocument(FORMAT, bytes, file);
  return document === undefined ? { finding } : { manifest: document };
}

/** The manifest, signed; see `signDocument`. */
export function signTreeManifest(manifest: TreeManifest, privateKey: KeyObject): TreeManifest {
  return signDocument(manifest, privateKey);
}

/** What is wrong with the signature of a manifest; undefined when one of the keys signed exactly this manifest. */
export function verifyTreeManifest(
  manifest: TreeManifest,
  publicKeys: readonly KeyObject[],
  file: string,
): Finding | undefined {
  return verifyDocument(manifest, publicKeys, file);
}

function memberText(key: string, value: unknown): string {
  if (key !== 'entries' || !Array.isArray(value)) return canonicalJson(asCanonical(value as object));
  return `[\n${value.map((entry) => `    ${canonicalJson(asCanonical(entry))}`).join(',\n')}\n  ]`;
}

function hasItsChunks(file: {
  sizeBytes: number;
  chunkBytes?: number | undefined;
  chunks?: string | undefined;
}): boolean {
  if (file.chunkBytes === undefined || file.chunks === undefined) return file.chunkBytes === file.chunks;
  return Buffer.byteLength(file.chunks, 'base64') === chunkCount(file.sizeBytes, file.chunkBytes) * CHUNK_DIGEST_BYTES;
}
