import { createHash, createPublicKey } from 'node:crypto';
import { z } from 'zod';
import type { Keyring } from '../secrets/keyring.ts';
import { canonicalJson } from '../verification/canonical-json.ts';
import { keyIdOf, signatureFits, signBytes } from '../verification/signing-key.ts';

const STATEMENT_FORMAT = 'muster-evidence/1';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const statementSchema = z.strictObject({
  format: z.literal(STATEMENT_FORMAT),
  runId: z.uuid(),
  drill: z.string(),
  reportSha256: sha256,
  definitionSha256: sha256.optional(),
  previousEvidenceSha256: sha256.optional(),
  signedAt: z.iso.datetime(),
  keyId: z.string(),
});

/** What is signed. */
type EvidenceStatement = z.infer<typeof statementSchema>;

/** The evidence of one run as it is stored and handed out: enough to check it offline, given a public key to trust. */
export interface Evidence {
  /** The report, byte for byte. */
  readonly report: string;
  readonly reportSha256: string;
  /** Canonical JSON (RFC 8785) of an {@link EvidenceStatement}. */
  readonly statement: string;
  /** SHA-256 of the statement: what the next run's statement names as its predecessor. */
  readonly evidenceSha256: string;
  readonly previousSha256: string | null;
  /** Ed25519 over `muster-evidence/1`, a newline and the statement, as hexadecimal digits. */
  readonly signature: string;
  readonly keyId: string;
  /** The public key as PEM. Trust a copy from elsewhere, not this one: whoever forges the evidence brings a key along. */
  readonly publicKey: string;
}

/** What evidence is made from. */
export interface EvidenceSource {
  readonly runId: string;
  readonly drill: string;
  readonly report: string;
  readonly definitionSha256: string | null;
  readonly previousSha256: string | null;
  readonly signedAt: string;
}

/** Signs the report of a run, chained to the evidence of the run before it. */
export function makeEvidence(source: EvidenceSource, keyring: Keyring): Evidence {
  const reportSha256 = sha256Of(source.report);
  const content: EvidenceStatement = {
    format: STATEMENT_FORMAT,
    runId: source.runId,
    drill: source.drill,
    reportSha256,
    ...(source.definitionSha256 === null ? {} : { definitionSha256: source.definitionSha256 }),
    ...(source.previousSha256 === null ? {} : { previousEvidenceSha256: source.previousSha256 }),
    signedAt: source.signedAt,
    keyId: keyring.signingKeyId,
  };
  const statement = canonicalJson(content);
  return {
    report: source.report,
    reportSha256,
    statement,
    evidenceSha256: sha256Of(statement),
    previousSha256: source.previousSha256,
    signature: signBytes(signedBytes(statement), keyring.signingKey),
    keyId: keyring.signingKeyId,
    publicKey: keyring.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/**
 * Everything that is wrong with a piece of evidence; nothing means that the holder of the key signed exactly this report.
 * @param trustedPublicKey PEM of the key to trust; left out, the key that the evidence brings along, which proves only
 * that it fits together.
 */
export function evidenceProblems(evidence: Evidence, trustedPublicKey?: string): string[] {
  const problems: string[] = [];
  const parsed = statementOf(evidence.statement);
  if (parsed === undefined) return ['the statement is not one of format muster-evidence/1'];
  if (sha256Of(evidence.report) !== parsed.reportSha256) problems.push('the report is not the one that was signed');
  if (evidence.reportSha256 !== parsed.reportSha256)
    problems.push('the report’s digest is not the one that was signed');
  if (sha256Of(evidence.statement) !== evidence.evidenceSha256)
    problems.push('the evidence hash does not fit the statement');
  if ((evidence.previousSha256 ?? undefined) !== parsed.previousEvidenceSha256) {
    problems.push('the predecessor is not the one that was signed');
  }
  const publicKey = publicKeyOf(trustedPublicKey ?? evidence.publicKey);
  if (publicKey === undefined) return [...problems, 'the public key is no Ed25519 key in PEM'];
  if (evidence.keyId !== parsed.keyId || keyIdOf(publicKey) !== parsed.keyId) {
    problems.push(`the key is not ${parsed.keyId}, which the statement names`);
  }
  if (!signatureFits(signedBytes(evidence.statement), evidence.signature, publicKey)) {
    problems.push('the signature does not fit the statement');
  }
  return problems;
}

/** The statement, if it is one, written exactly as a signer writes it. */
export function statementOf(text: string): EvidenceStatement | undefined {
  try {
    const statement = statementSchema.parse(JSON.parse(text));
    return canonicalJson(statement) === text ? statement : undefined;
  } catch {
    return undefined;
  }
}

function publicKeyOf(pem: string) {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

function signedBytes(statement: string): Buffer {
  return Buffer.from(`${STATEMENT_FORMAT}\n${statement}`, 'utf8');
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
