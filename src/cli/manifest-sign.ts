import { resolve } from 'node:path';
import { AppError } from '../kernel/errors.ts';
import { printable } from '../verification/finding.ts';
import { serialiseManifest, signManifest } from '../verification/manifest.ts';
import { serialiseTreeManifest, signTreeManifest } from '../verification/tree-manifest.ts';
import { EXIT, type StandaloneContext } from './command.ts';
import { placeManifest, readManifestFile } from './manifest-files.ts';
import { readSigningKey } from './signing-key-file.ts';

/** As commander hands them over. */
export interface SignOptions {
  readonly key: string;
}

/** Signs a list in its file. What is damaged gets no signature. */
export async function signManifestFile(
  { output }: StandaloneContext,
  name: string,
  options: SignOptions,
): Promise<number> {
  const file = resolve(name);
  const key = await readSigningKey('--key', options.key);
  const read = await readManifestFile(file);
  if (read.list === undefined) {
    throw new AppError('unprocessable', `manifest-${read.finding.kind}`, `${read.finding.message} It was not signed.`);
  }
  const { treeManifest, manifest } = read;
  const before = (treeManifest ?? manifest)?.signature?.keyId;
  const signedTree = treeManifest && signTreeManifest(treeManifest, key);
  const signed = manifest && signManifest(manifest, key);
  if (signedTree !== undefined) await placeManifest(file, serialiseTreeManifest(signedTree));
  else if (signed !== undefined) await placeManifest(file, serialiseManifest(signed));
  const keyId = (signedTree ?? signed)?.signature?.keyId ?? '';
  const answer = { manifest: file, keyId, replacedKeyId: before ?? null };
  output.answer(answer, () => [
    `${printable(file)} is signed with key ${keyId}.`,
    ...(before === undefined || before === keyId ? [] : [`The signature of key ${before} is gone from it.`]),
  ]);
  return EXIT.ok;
}
