import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ZipArchive } from 'archiver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unpackFile } from '../../src/backups/unpack/unpack-file.ts';
import { evidenceBundle } from '../../src/drills/bundle.ts';
import { makeEvidence } from '../../src/drills/evidence.ts';
import { checkEvidenceFile } from '../../src/drills/evidence-file.ts';
import type { Keyring } from '../../src/secrets/keyring.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { keyIdOf } from '../../src/verification/signing-key.ts';
import { scaled } from '../support/scale.ts';
import { reportWith } from './support/report.ts';

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { signingKey: privateKey, publicKey, signingKeyId: keyIdOf(publicKey) } as Keyring;
};
const keyring = pair();
const other = pair();

let directory: string;
let bundle: Buffer;
let count = 0;

/** The evidence of a run whose definition is the word `plain`. */
function bundleBy(keys: Keyring, signingKey = keys.signingKey): Promise<Buffer> {
  const source = {
    ...{ runId: '019aab31-2f7c-7d10-b1f4-8c2a51e7d903', drill: 'plain', previousSha256: null },
    report: `${JSON.stringify(reportWith('plain'), null, 2)}\n`,
    definitionSha256: createHash('sha256').update('plain').digest('hex'),
    signedAt: '2026-11-22T15:10:03.120Z',
  };
  return evidenceBundle(makeEvidence(source, keys), signingKey);
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-e-'));
  bundle = await bundleBy(keyring);
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function check(bytes: Uint8Array, trusted = keyring.publicKey as Keyring['publicKey'] | undefined) {
  count += 1;
  const file = join(directory, `${count}.zip`);
  await writeFile(file, bytes);
  return checkEvidenceFile(file, trusted);
}

/** The files of the bundle, with one of them changed, put in or left out. */
async function rezipped(change: (files: Record<string, string>) => void): Promise<Buffer> {
  const target = await mkdtemp(join(directory, 'x-'));
  await writeFile(join(directory, 'whole.zip'), bundle);
  await unpackFile({
    ...{ directory, file: 'whole.zip', target, plainName: 'x', isTree: false, entries: undefined },
    ...{ decodedBytes: undefined, identityText: undefined, limits: DEFAULT_LIMITS },
  });
  const files: Record<string, string> = {};
  for (const name of await readdir(target)) files[name] = await readFile(join(target, name), 'utf8');
  change(files);
  const archive = new ZipArchive();
  const packed = buffer(archive);
  for (const [name, text] of Object.entries(files)) archive.append(text, { name });
  await archive.finalize();
  return packed;
}

const edit = (name: string, from: string, to: string) =>
  rezipped((files) => {
    const text = files[name] ?? '';
    if (!text.includes(from)) throw new Error(`${name} does not hold ${from}`);
    files[name] = text.replace(from, to);
  });

describe('the evidence of a run as a file', () => {
  test('is good by the public key alone, and says which run it is of', async () => {
    const checked = await check(bundle);
    expect(checked.problems).toEqual([]);
    expect(checked.heldAgainst).toBe('trusted key');
    expect(checked.report?.run.drill).toBe('plain');
    expect((await check(await rezipped(() => {}))).problems).toEqual([]);
  });

  test('without a key to trust shows only that it fits together', async () => {
    count += 1;
    const file = join(directory, `${count}.zip`);
    await writeFile(file, await bundleBy(other));
    expect(await checkEvidenceFile(file, undefined)).toMatchObject({ problems: [], heldAgainst: 'its own key' });
    const { problems } = await checkEvidenceFile(file, keyring.publicKey);
    expect(problems).toContain('the signature does not fit the statement');
    expect(problems).toContain('the public key that it brings along is another one');
  });

  test.each<[string, string, string, RegExp]>([
    ['report.json', '"outcome": "failed"', '"outcome": "passed"', /the report is not the one that was signed/],
    ['report.html', 'failed', 'passed', /report\.html is not the file that was signed/],
    ['definition.yaml', 'plain', 'plein', /definition\.yaml is not the file that was signed/],
    ['README.txt', 'evidence', 'evidense', /README\.txt is not the file that was signed/],
    ['evidence.json', '"previousSha256": null', '"previousSha256": "00"', /the predecessor is not the one/],
    ['evidence.json', '{\n', '{ \n', /evidence\.json is not as Muster writes it/],
  ])('finds a change in %s (%s)', async (name, from, to, problem) => {
    const { problems } = await check(await edit(name, from, to));
    expect(problems.join('\n')).toMatch(problem);
  });

  test.each(['report.json', 'report.html', 'definition.yaml', 'README.txt', 'evidence.json'])(
    'finds a byte of %s that was changed, wherever it stands',
    async (name) => {
      for (let round = 0; round < scaled(1); round += 1) {
        let at = -1;
        const changed = await rezipped((files) => {
          const text = files[name] ?? '';
          // A character of one byte, so that the file is still text.
          do at = Math.floor(Math.random() * text.length);
          while (text.charCodeAt(at) > 126);
          files[name] = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
        });
        const problems = await check(changed).then(
          (checked) => checked.problems,
          (thrown) => [String(thrown)],
        );
        expect(problems, `${name} at ${at}`).not.toEqual([]);
      }
    },
  );

  test('finds files that were put in, left out, or listed by somebody else', async () => {
    const more = await rezipped((files) => {
      files['more.txt'] = 'x';
    });
    expect((await check(more)).problems).toEqual(['more.txt does not belong into it: nobody signed it']);
    const less = await rezipped((files) => {
      delete files['report.html'];
    });
    expect((await check(less)).problems).toEqual(['report.html is missing']);
    expect((await check(await bundleBy(keyring, other.signingKey))).problems).toEqual([
      'the signature does not fit the list of files',
    ]);
  });

  test('finds bytes that were changed anywhere in what the bundle holds', async () => {
    // Between the entries lie times and rights, which are the zip’s own and say nothing of the run.
    const places = scaled(16);
    const unnoticed: number[] = [];
    for (let place = 0; place < places; place += 1) {
      const at = Math.floor(((place + 0.5) * bundle.length) / places);
      const changed = Buffer.from(bundle);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const noticed = await check(changed).then(
        ({ problems }) => problems.length > 0,
        () => true,
      );
      if (!noticed) unnoticed.push(at);
    }
    expect(unnoticed.length).toBeLessThan(places / 8);
  });

  test('refuses what is no evidence', async () => {
    await expect(check(Buffer.from('not a zip'))).rejects.toMatchObject({ kind: 'unprocessable' });
    await expect(check(Buffer.alloc(0))).rejects.toMatchObject({ kind: 'unprocessable' });
    const empty = await rezipped((files) => {
      for (const name of Object.keys(files)) delete files[name];
      files['a.txt'] = 'x';
    });
    await expect(check(empty)).rejects.toMatchObject({ code: 'no-evidence' });
    await expect(check(bundle.subarray(0, bundle.length - 40))).rejects.toMatchObject({ kind: 'unprocessable' });
  });
});
