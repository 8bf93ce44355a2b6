import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CaptureContext, CaptureOutcome } from '../../../../src/backups/capture/capture-task.ts';
import type { CaptureSourceOf } from '../../../../src/backups/capture/captured-set.ts';
import { writeDirectory } from '../../../../src/backups/capture/directory.writer.ts';
import { type ManifestEntry, serialiseManifest, signManifest } from '../../../../src/verification/manifest.ts';
import { createManifest } from '../../../../src/verification/manifest-create.ts';
import { type CheckResult, verifyRecoveryPoint } from '../../../../src/verification/recovery-point.ts';

type DirectorySource = CaptureSourceOf<'directory'>;

const keys = generateKeyPairSync('ed25519');

/** A tree that was packed, and what a check of the signed point says of it. */
export interface PackedTree {
  readonly outcome: CaptureOutcome;
  readonly check: CheckResult;
  readonly archive: string;
  /** As the manifest lists them; empty when it lists none. */
  readonly entries: readonly ManifestEntry[];
}

/** Packs a tree as the process of a capture does, signs it, and has it verified. `place` is made, and must not be there. */
export async function packAndVerify(
  source: Partial<DirectorySource> & Pick<DirectorySource, 'path'>,
  place: string,
  context: Partial<CaptureContext> = {},
): Promise<PackedTree> {
  await mkdir(place);
  const outcome = await writeDirectory(
    { type: 'directory', format: 'tar.zst', exclude: [], oneFileSystem: true, ...source },
    { directory: place, recipients: [], onProgress: () => {}, onGroup: () => {}, pace: undefined, ...context },
    { ownDirectories: [], openDirectories: [] },
  );
  const manifest = await createManifest(place, outcome.files, { createdAt: '2026-11-22T02:30:00Z' });
  await writeFile(join(place, 'manifest.json'), serialiseManifest(signManifest(manifest, keys.privateKey)));
  const check = await verifyRecoveryPoint(place, { publicKeys: [keys.publicKey] });
  const [file] = outcome.files;
  return { outcome, check, archive: join(place, file?.path ?? ''), entries: file?.entries ?? [] };
}

/** Unpacks an archive into a new directory by the tools of the system. */
export async function unpack(archive: string, into: string): Promise<void> {
  await mkdir(into);
  const [program = '', ...words] = archive.endsWith('.zip')
    ? ['unzip', '-qq', '-^', archive, '-d', into]
    : ['tar', archive.endsWith('.gz') ? '-xzpf' : '-xpf', archive, '-C', into];
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
