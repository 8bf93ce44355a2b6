import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { type CanonicalValue, canonicalJson } from './canonical-json.ts';
import { type Finding, printable } from './finding.ts';
import { keyIdOf, signatureFits, signBytes } from './signing-key.ts';

/** A signature as it stands in a document; `keyId` is described at `keyIdOf`. */
export const signatureSchema = z.strictObject({
  algorithm: z.literal('ed25519'),
  keyId: z.string().regex(/^[0-9a-f]{32}$/),
  value: z.string().regex(/^[0-9a-f]{128}$/),
});

/** What every signed document has. */
export interface Signable {
  readonly format: string;
  readonly signature?: z.infer<typeof signatureSchema> | undefined;
}

/** One format of signed documents: how it is checked and written. */
export interface DocumentFormat<Document extends Signable> {
  /** With its version: `muster-manifest/1`. */
  readonly name: string;
  readonly schema: z.ZodType<Document>;
  /** The one byte sequence that a writer makes of it. */
  serialise(document: Document): Buffer;
  /** What the schema cannot say: a sentence about what is wrong. */
  objection(document: Document): string | undefined;
}

/** A document, or why there is none. */
export type ParsedDocument<Document> =
  | { readonly document: Document; readonly finding?: undefined }
  | { readonly document?: undefined; readonly finding: Finding };

/**
 * The document, signed with an Ed25519 private key: over the bytes of its format's name, a newline, and the canonical
 * JSON (RFC 8785) of the document without its `signature` member. A signature that was there is replaced.
 *
 * @throws {AppError} `invalid` when the key is not an Ed25519 private key.
 */
export function signDocument<Document extends Signable>(document: Document, privateKey: KeyObject): Document {
  if (privateKey.type !== 'private') {
    throw new AppError('invalid', 'key-not-private', 'Signing needs the private half of the key.');
  }
  const value = signBytes(signedBytes(document), privateKey);
  return { ...document, signature: { algorithm: 'ed25519', keyId: keyIdOf(privateKey), value } };
}

/** Reads the bytes of a document strictly: known format, every member, exactly the bytes that a writer makes. */
export function parseDocument<Document extends Signable>(
  format: DocumentFormat<Document>,
  bytes: Buffer,
  file: string,
): ParsedDocument<Document> {
  const refused = (kind: Finding['kind'], message: string) => ({ finding: { kind, file, message } });
  if (bytes.length === 0) return refused('empty', 'The manifest is empty.');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (thrown) {
    return refused('corrupt', `The manifest is not JSON: ${reasonOf(thrown)}.`);
  }
  const said = formatOf(value);
  if (said !== format.name && said?.startsWith(familyOf(format.name))) {
    return refused('unknown-format', `The manifest has the format ${printable(said)}; known is ${format.name}.`);
  }
  const parsed = format.schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = printable(issue?.path.join('/') ?? '');
    return refused('corrupt', `The manifest breaks its format at ${where || 'its root'}: ${issue?.message ?? ''}.`);
  }
  const objection = format.objection(parsed.data);
  if (objection !== undefined) return refused('corrupt', objection);
  if (!format.serialise(parsed.data).equals(bytes)) {
    return refused('altered', 'The manifest is valid, but not byte for byte as it is written: it was changed.');
  }
  return { document: parsed.data };
}

/**
 * Checks the signature of a document against the keys that the check trusts. Nothing returned means that one of them
 * signed exactly this document.
 */
export function verifyDocument(
  document: Signable,
  publicKeys: readonly KeyObject[],
  file: string,
): Finding | undefined {
  const { signature } = document;
  if (signature === undefined) {
    return { kind: 'unsigned', file, message: 'The manifest carries no signature: anyone could have written it.' };
  }
  const publicKey = publicKeys.find((key) => keyIdOf(key) === signature.keyId);
  if (publicKey === undefined) {
    return {
      kind: 'no-key',
      file,
      actual: signature.keyId,
      message: `The manifest is signed with key ${signature.keyId}, which this check was not given.`,
    };
  }
  if (signatureFits(signedBytes(document), signature.value, publicKey)) return undefined;
  return {
    kind: 'altered',
    file,
    expected: `signed by ${signature.keyId}`,
    message: `The signature of key ${signature.keyId} does not fit: the manifest was changed after it was signed.`,
  };
}

/** The schemas admit only strings, safe integers, lists and plain objects, which is what canonical JSON holds. */
export function asCanonical(document: object): CanonicalValue {
  return document as unknown as CanonicalValue;
}

function signedBytes(document: Signable): Buffer {
  const { signature: _, ...body } = document;
  return Buffer.from(`${document.format}\n${canonicalJson(asCanonical(body))}`, 'utf8');
}

/** `muster-manifest/` of `muster-manifest/1`. */
function familyOf(name: string): string {
  return name.slice(0, name.indexOf('/') + 1);
}

function formatOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('format' in value)) return undefined;
  return typeof value.format === 'string' ? value.format : undefined;
}

function reasonOf(thrown: unknown): string {
  return printable(thrown instanceof Error ? thrown.message : String(thrown));
}
