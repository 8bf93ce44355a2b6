import type { KeyObject } from 'node:crypto';
import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { canonicalJson } from '../verification/canonical-json.ts';
import { signatureFits, signBytes } from '../verification/signing-key.ts';
import type { AuditKeys } from './audit-keys.ts';

const common = {
  version: z.literal(1),
  seq: z.string().regex(/^\d{1,19}$/),
  chainMac: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime(),
  keyId: z.string().max(64),
  signature: z.string().regex(/^[0-9a-f]{128}$/),
};

const anchorSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('head') }),
  z.strictObject({ ...common, kind: z.literal('rewind'), reason: z.string().max(1000) }),
]);

/**
 * A signed statement outside the database: at this time the chain's seal `seq` had this code. A `rewind` adds that the
 * database was put back to this seal on purpose (a restore), so that anchors made before it for later seals no longer bind.
 */
export type Anchor = z.infer<typeof anchorSchema>;

type Statement =
  | { readonly kind: 'head'; readonly seq: string; readonly chainMac: string }
  | { readonly kind: 'rewind'; readonly seq: string; readonly chainMac: string; readonly reason: string };

/** Signs a statement (Ed25519 over a purpose line and the canonical JSON of everything but the signature). */
export function signAnchor(keys: AuditKeys, statement: Statement, at: Temporal.Instant): Anchor {
  const unsigned = {
    version: 1 as const,
    ...statement,
    at: at.toString({ smallestUnit: 'millisecond' }),
    keyId: keys.signingKeyId,
  };
  return { ...unsigned, signature: signBytes(signedBytes(unsigned), keys.signingKey) };
}

/** Whether the key's holder signed this anchor. */
export function anchorIsSigned(anchor: Anchor, publicKey: KeyObject): boolean {
  const { signature, ...unsigned } = anchor;
  return signatureFits(signedBytes(unsigned), signature, publicKey);
}

/** The anchor in one line of text; undefined when it is none. */
export function parseAnchor(line: string): Anchor | undefined {
  try {
    return anchorSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function signedBytes(unsigned: Omit<Anchor, 'signature'>): Buffer {
  return Buffer.from(`muster.audit.anchor/1\n${canonicalJson(unsigned)}`);
}
