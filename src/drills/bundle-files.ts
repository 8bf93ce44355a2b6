import { createHash, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../verification/canonical-json.ts';
import { signatureFits, signBytes } from '../verification/signing-key.ts';

const LIST_FORMAT = 'muster-evidence-files/1';

const listSchema = z.strictObject({
  format: z.literal(LIST_FORMAT),
  evidenceSha256: z.string(),
  files: z.record(z.string(), z.string()),
});

/** The files of a bundle besides the evidence itself, signed when the bundle was made. */
export interface FileList {
  /** Canonical JSON (RFC 8785): format, the evidence that they belong to, and the SHA-256 of each file by its name. */
  readonly statement: string;
  /** Ed25519 over the format, a newline and the statement, as hexadecimal digits. */
  readonly signature: string;
}

/** Lists the files of a bundle by their digests, and signs the list. */
export function signedFileList(
  evidenceSha256: string,
  files: Readonly<Record<string, string>>,
  signingKey: KeyObject,
): FileList {
  const digests = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, sha256Of(text)]));
  const statement = canonicalJson({ format: LIST_FORMAT, evidenceSha256, files: digests });
  return { statement, signature: signBytes(signedBytes(statement), signingKey) };
}

/** What of the files is not as listed, or that the list is not by the holder of the key. */
export function fileListProblems(
  { statement, signature }: FileList,
  evidenceSha256: string,
  files: Readonly<Record<string, Uint8Array>>,
  publicKey: KeyObject,
): string[] {
  if (!signatureFits(signedBytes(statement), signature, publicKey)) {
    return ['the signature does not fit the list of files'];
  }
  const list = listSchema.parse(JSON.parse(statement));
  return [
    ...(list.evidenceSha256 === evidenceSha256 ? [] : ['the list of files belongs to other evidence']),
    ...Object.keys(list.files)
      .filter((name) => files[name] === undefined)
      .map((name) => `${name} is missing`),
    ...Object.entries(files).flatMap(([name, bytes]) => {
      const listed = list.files[name];
      if (listed === undefined) return [`${name} does not belong into it: nobody signed it`];
      return listed === sha256Of(bytes) ? [] : [`${name} is not the file that was signed`];
    }),
  ];
}

function signedBytes(statement: string): Buffer {
  return Buffer.from(`${LIST_FORMAT}\n${statement}`, 'utf8');
}

function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
