import type { KeyObject } from 'node:crypto';
import type { Keyring } from '../secrets/keyring.ts';

/** What sealing and anchoring need of the keys. Verification needs the same: a seal is keyed, so that nobody can compute one without. */
export interface AuditKeys {
  /** Recorded in every seal: which key its codes were made with. */
  readonly sealKeyId: string;
  readonly sealKey: KeyObject;
  readonly signingKeyId: string;
  /** Ed25519, private. */
  readonly signingKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** The audit trail's keys of an installation. */
export function auditKeysOf(keyring: Keyring): AuditKeys {
  return {
    sealKeyId: keyring.masterKeyId,
    sealKey: keyring.keyFor('audit-seal'),
    signingKeyId: keyring.signingKeyId,
    signingKey: keyring.signingKey,
    publicKey: keyring.publicKey,
  };
}
