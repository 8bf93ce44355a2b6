import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Evidence, evidenceProblems, makeEvidence } from '../../src/drills/evidence.ts';
import { newId } from '../../src/kernel/ids.ts';
import { createKeyring, type Keyring } from '../../src/secrets/keyring.ts';

async function newKeyring(): Promise<Keyring> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-k-'));
  try {
    return await createKeyring(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

const keyring = await newKeyring();
const stranger = await newKeyring();
const pemOf = (keys: Keyring) => keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();

const evidence: Evidence = makeEvidence(
  {
    ...{ runId: newId(), drill: 'muster-database', report: '{"format":"x"}\n', definitionSha256: 'd'.repeat(64) },
    ...{ previousSha256: 'e'.repeat(64), signedAt: '2026-11-22T15:10:03.120Z' },
  },
  keyring,
);

/** The text with the byte at `index` changed by one bit, still as text. */
function edited(text: string, index: number): string {
  const code = text.charCodeAt(index) ^ 1;
  return text.slice(0, index) + String.fromCharCode(code) + text.slice(index + 1);
}

describe('evidence', () => {
  test('as it was made has no problems, with the key it brings and with the key that is trusted', () => {
    expect(evidenceProblems(evidence)).toEqual([]);
    expect(evidenceProblems(evidence, pemOf(keyring))).toEqual([]);
  });

  test('with any one byte of any part changed has problems', () => {
    const parts = [
      'report',
      'reportSha256',
      'statement',
      'evidenceSha256',
      'previousSha256',
      'signature',
      'keyId',
    ] as const;
    for (const part of parts) {
      const text = evidence[part] ?? '';
      for (let index = 0; index < text.length; index += 1) {
        const changed = { ...evidence, [part]: edited(text, index) };
        expect(evidenceProblems(changed, pemOf(keyring)), `${part} at ${index}`).not.toEqual([]);
      }
    }
  });

  test('whose signature is spelt in another way is found', () => {
    for (const signature of [evidence.signature.toUpperCase(), `${evidence.signature}00`, `${evidence.signature} x`]) {
      expect(evidenceProblems({ ...evidence, signature })).toEqual(['the signature does not fit the statement']);
    }
  });

  test('without its predecessor is found', () => {
    expect(evidenceProblems({ ...evidence, previousSha256: null })).toContain(
      'the predecessor is not the one that was signed',
    );
  });

  test('that a stranger signed fits together, and does not fit the key that is trusted', () => {
    const forged = makeEvidence(
      {
        ...{ runId: newId(), drill: 'muster-database', report: '{}', definitionSha256: null },
        ...{ previousSha256: null, signedAt: '2026-11-22T15:10:03.120Z' },
      },
      stranger,
    );
    expect(evidenceProblems(forged)).toEqual([]);
    expect(evidenceProblems(forged, pemOf(keyring))).toEqual([
      expect.stringContaining('the key is not'),
      'the signature does not fit the statement',
    ]);
  });

  test('with a public key that is none is found, not thrown', () => {
    expect(evidenceProblems({ ...evidence, publicKey: 'none' })).toEqual(['the public key is no Ed25519 key in PEM']);
  });
});
