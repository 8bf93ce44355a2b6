import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  armor,
  Decrypter,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption';
import { beforeAll, describe, expect, test } from 'vitest';
import { createAgeDecoder } from '../../src/verification/age-decoder.ts';
import { parseIdentities } from '../../src/verification/age-identities.ts';
import { flipped } from './support/damage.ts';
import { damagesOf } from './support/damages.ts';
import { decodeWith, pointsAt, tool } from './support/decoding.ts';
import { noise } from './support/point-making.ts';
import { useDirectories } from './support/temporary-directory.ts';

const CHUNK_BYTES = 65_552;
const data = noise(3 * 65_536 + 1000, 7);
const secret = await generateX25519Identity();
const identities = parseIdentities(`# created: today\n\n${secret}\n`);
let sealed: Buffer;
let payload: number;

beforeAll(async () => {
  sealed = await seal(data);
  payload = sealed.length - data.length - 4 * 16;
});

describe('an age file with the identity', () => {
  test('is decrypted to the last byte, in pieces of any size', async () => {
    for (const pieceBytes of [100, 65_536, 65_552, 1_048_576]) {
      const { decoded, problem } = await decodeWith(createAgeDecoder, sealed, { identities, pieceBytes });
      expect(problem).toBeUndefined();
      expect(decoded.equals(data)).toBe(true);
    }
  });

  test.each([0, 1, 65_535, 65_536, 65_537, 131_072])(
    'of %i bytes is what the age library makes of it',
    async (length) => {
      const file = await seal(noise(length, 1));
      const decrypter = new Decrypter();
      decrypter.addIdentity(secret);
      const { decoded, problem } = await decodeWith(createAgeDecoder, file, { identities });
      expect(problem).toBeUndefined();
      expect(decoded.equals(Buffer.from(await decrypter.decrypt(file)))).toBe(true);
    },
  );

  test('is opened by any of several identities, post-quantum ones too', async () => {
    const hybrid = await generateHybridIdentity();
    const file = await seal(data, hybrid);
    const both = parseIdentities(`${secret}\n${hybrid}\n`);
    expect((await decodeWith(createAgeDecoder, file, { identities: both })).decoded.equals(data)).toBe(true);
  });

  test('is the same whether the age tool or the library sealed it', async ({ skip }) => {
    const file = tool('age', ['-r', await identityToRecipient(secret)], data);
    if (file === undefined) return skip('this machine has no age');
    const { decoded, problem } = await decodeWith(createAgeDecoder, file, { identities });
    expect(problem).toBeUndefined();
    expect(decoded.equals(data)).toBe(true);
  });

  test('with a bit turned in a chunk is corrupt in that chunk, and nothing of it is handed on', async () => {
    for (const chunk of [0, 1, 3]) {
      const at = payload + chunk * CHUNK_BYTES + 500;
      const { decoded, problem } = await decodeWith(createAgeDecoder, flipped(sealed, at), { identities });
      const start = payload + chunk * CHUNK_BYTES;
      expect(problem).toMatchObject({
        kind: 'corrupt',
        offset: chunk === 0 ? start - 16 : start,
        endOffset: Math.min(start + CHUNK_BYTES, sealed.length),
        isLocated: true,
      });
      expect(decoded.equals(data.subarray(0, chunk * 65_536))).toBe(true);
    }
  });

  test('that was cut between two chunks, or by all but a rest of a tag, is truncated', async () => {
    for (const at of [payload, payload + CHUNK_BYTES, payload + 2 * CHUNK_BYTES, payload + CHUNK_BYTES + 16]) {
      const { problem } = await decodeWith(createAgeDecoder, sealed.subarray(0, at), { identities });
      expect(problem).toMatchObject({ kind: 'truncated', offset: at });
    }
  });

  test('whose chunks were exchanged is corrupt at the first of them', async () => {
    const swappedChunks = Buffer.concat([
      sealed.subarray(0, payload),
      sealed.subarray(payload + CHUNK_BYTES, payload + 2 * CHUNK_BYTES),
      sealed.subarray(payload, payload + CHUNK_BYTES),
      sealed.subarray(payload + 2 * CHUNK_BYTES),
    ]);
    const { problem } = await decodeWith(createAgeDecoder, swappedChunks, { identities });
    expect(problem).toMatchObject({ kind: 'corrupt', endOffset: payload + CHUNK_BYTES });
  });

  test('that ends with a full chunk and goes on after it is corrupt behind it', async () => {
    const file = await seal(noise(65_536, 2));
    const { problem } = await decodeWith(createAgeDecoder, Buffer.concat([file, noise(100, 4)]), { identities });
    expect(problem).toMatchObject({ kind: 'corrupt', offset: file.length });
  });

  test('with any damage is told, and where', async () => {
    const fields = [{ name: 'header and nonce', offset: 0, length: payload }];
    const boundaries = [payload - 16, payload, payload + CHUNK_BYTES];
    for (const damage of damagesOf(sealed, { fields, boundaries, other: await seal(noise(200_000, 8)) })) {
      const { decoded, problem } = await decodeWith(createAgeDecoder, damage.bytes, { identities });
      if (problem === undefined) throw new Error(`nothing was found: ${damage.name}`);
      expect(pointsAt(problem, damage), `${damage.name}: ${JSON.stringify(problem)}`).toBe(true);
      expect(['corrupt', 'truncated', 'unknown-format', 'no-key'], damage.name).toContain(problem.kind);
      expect(data.subarray(0, decoded.length).equals(decoded), damage.name).toBe(true);
    }
  });
});

describe('an age file without the identity', () => {
  test('has no key, and says what was seen', async () => {
    const { problem, decoded } = await decodeWith(createAgeDecoder, sealed, {});
    expect(problem).toMatchObject({ kind: 'no-key' });
    expect(problem?.message).toMatch(
      /only the header and the lengths .* no identity was given \(1 recipient: X25519\)/,
    );
    expect(decoded.length).toBe(0);
  });

  test('but with another one has no key either', async () => {
    const others = parseIdentities(await generateX25519Identity());
    const { problem } = await decodeWith(createAgeDecoder, sealed, { identities: others });
    expect(problem).toMatchObject({ kind: 'no-key' });
    expect(problem?.message).toContain('none of the identities opens it');
  });

  test('that is sealed with a passphrase has no key', async () => {
    const encrypter = new Encrypter();
    encrypter.setPassphrase('correct horse');
    encrypter.setScryptWorkFactor(2);
    const { problem } = await decodeWith(createAgeDecoder, Buffer.from(await encrypter.encrypt(data)), { identities });
    expect(problem?.kind).toBe('no-key');
    expect(problem?.message).toContain('scrypt');
  });

  test('is truncated when its lengths cannot be', async () => {
    for (const at of [
      5,
      payload - 100,
      payload - 3,
      payload,
      payload + 10,
      payload + CHUNK_BYTES + 9,
      payload + CHUNK_BYTES + 16,
    ]) {
      const { problem } = await decodeWith(createAgeDecoder, sealed.subarray(0, at), {});
      expect(problem, `cut at ${at}`).toMatchObject({ kind: 'truncated', offset: at });
    }
  });

  test('is corrupt when its header is malformed', async () => {
    const header = sealed.toString('latin1', 0, payload - 16);
    const headers = [
      header.replace('-> X25519', '->  X25519'),
      header.replace('-> X25519', '=> X25519'),
      header.replace(/\n--- .*\n/, '\n--- short\n'),
      header.replace(/-> (.|\n)*\n---/, '---'),
      header.replace('\n---', '\r\n---'),
      header.replace(/\n--- (.*)\n/, '\n--- $1=\n'),
    ];
    for (const changed of headers) {
      const bytes = Buffer.concat([Buffer.from(changed, 'latin1'), sealed.subarray(payload - 16)]);
      expect((await decodeWith(createAgeDecoder, bytes, {})).problem, changed).toMatchObject({ kind: 'corrupt' });
    }
  });

  test('that is of a later version, or armored, is unknown', async () => {
    const later = Buffer.from(sealed);
    later.write('2', 'age-encryption.org/v'.length);
    expect((await decodeWith(createAgeDecoder, later, {})).problem).toMatchObject({ kind: 'unknown-format' });
    const text = Buffer.from(armor.encode(sealed));
    expect((await decodeWith(createAgeDecoder, text, { pieceBytes: 10 })).problem).toMatchObject({
      kind: 'unknown-format',
    });
  });
});

describe('an identity file', () => {
  const directory = useDirectories();

  test('as age-keygen writes it is read', async ({ skip }) => {
    const text = tool('age-keygen', [], Buffer.alloc(0));
    if (text === undefined) return skip('this machine has no age');
    const [mine] = parseIdentities(text.toString());
    const recipient = /public key: (age1\S+)/.exec(text.toString())?.[1] ?? '';
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    const file = Buffer.from(await encrypter.encrypt(data));
    const { decoded } = await decodeWith(createAgeDecoder, file, { identities: mine === undefined ? [] : [mine] });
    expect(decoded.equals(data)).toBe(true);
    const path = join(await directory(), 'key');
    await writeFile(path, text);
    expect(tool('age', ['-d', '-i', path], file)?.equals(data)).toBe(true);
  });

  test('that is malformed is refused by line, without its secret', () => {
    const wrong = `${secret.slice(0, -1)}!`;
    const refuse = () => parseIdentities(`# mine\r\n${secret}\r\n${wrong}\r\n`);
    expect(refuse).toThrow(/line 3/);
    expect(refuse).not.toThrow(new RegExp(wrong.slice(20, 40)));
    expect(() => parseIdentities('# nothing\n')).toThrow(/no age identity/);
    expect(inspect(identities)).not.toContain(secret.slice(16, 30));
    expect(JSON.stringify(identities)).not.toContain(secret.slice(16, 30));
  });
});

async function seal(bytes: Buffer, identity = secret): Promise<Buffer> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(identity));
  return Buffer.from(await encrypter.encrypt(bytes));
}
