import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeyring, type Keyring } from '../../src/secrets/keyring.ts';
import { openSecret, sealSecret } from '../../src/secrets/sealed-secret.ts';

let root: string;
let keyring: Keyring;
let stranger: Keyring;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'muster-sealed-'));
  keyring = await createKeyring(join(root, 'ours'));
  stranger = await createKeyring(join(root, 'theirs'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('a sealed secret', () => {
  test('opens to what was sealed, whatever the text and the record', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (recordId, text) => {
        expect(openSecret(keyring, recordId, sealSecret(keyring, recordId, text))).toBe(text);
      }),
    );
  });

  test('is another text every time, and names its key', () => {
    const [one, two] = [sealSecret(keyring, 'r', 'same'), sealSecret(keyring, 'r', 'same')];
    expect(one).not.toBe(two);
    expect(one.split('.')[1]).toBe(keyring.masterKeyId);
  });

  test('does not open for another record', () => {
    const sealed = sealSecret(keyring, 'repository-1/password', 'hunter2');
    expect(() => openSecret(keyring, 'repository-2/password', sealed)).toThrow(
      expect.objectContaining({ code: 'secret-altered' }),
    );
  });

  test('says which key sealed it when another one is at hand', () => {
    const sealed = sealSecret(stranger, 'r', 'hunter2');
    expect(() => openSecret(keyring, 'r', sealed)).toThrow(
      expect.objectContaining({ code: 'secret-foreign-key', message: expect.stringContaining(stranger.masterKeyId) }),
    );
  });

  test('with any character changed does not open, and the message holds none of the text', () => {
    const sealed = sealSecret(keyring, 'r', 'hunter2-hunter2');
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
      const failure = attempt(() => openSecret(keyring, 'r', changed));
      // The last character of a base64url group has bits that mean nothing: such a text is the same text.
      if (failure === undefined) expect(Buffer.from(changed.split('.')[3] ?? '', 'base64url')).toEqual(bodyOf(sealed));
      else expect(failure).toMatchObject({ name: 'AppError', message: expect.not.stringContaining('hunter2') });
    }
  });

  test('that was cut short is unreadable, not a crash', () => {
    const sealed = sealSecret(keyring, 'r', '');
    for (const text of ['', 'mss1', sealed.slice(0, -1), sealed.replace('mss1', 'mss2'), `${sealed}.x`, 'hunter2']) {
      expect(
        attempt(() => openSecret(keyring, 'r', text)),
        text,
      ).toMatchObject({ kind: 'unprocessable' });
    }
  });
});

const bodyOf = (sealed: string) => Buffer.from(sealed.split('.')[3] ?? '', 'base64url');

function attempt(work: () => string): unknown {
  try {
    work();
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}
