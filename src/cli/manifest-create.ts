import { existsSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { formatBytes, formatSeconds } from '../kernel/units.ts';
import { printable } from '../verification/finding.ts';
import { DEFAULT_LIMITS } from '../verification/limits.ts';
import { serialiseTreeManifest, signTreeManifest, type TreeManifest } from '../verification/tree-manifest.ts';
import { createTreeManifest } from '../verification/tree-manifest-create.ts';
import { EXIT, type StandaloneContext } from './command.ts';
import { interruptible, placeManifest } from './manifest-files.ts';
import { createReadingMeter } from './progress-meter.ts';
import { readSigningKey } from './signing-key-file.ts';

/** As commander hands them over. */
export interface CreateOptions {
  readonly output?: string;
  readonly signKey?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Lists a directory or a file. The list goes to standard output unless a file is named for it. */
export async function createManifestOf(
  { output }: StandaloneContext,
  path: string,
  options: CreateOptions,
): Promise<number> {
  const target = options.output === undefined ? undefined : resolve(options.output);
  if (target !== undefined && existsSync(target)) throw exists(target);
  const key = options.signKey === undefined ? undefined : await readSigningKey('--sign-key', options.signKey);
  const { root, only } = await rootOf(path);
  const startedMs = systemClock.monotonicMs();
  const silent = options.quiet === true || options.json === true;
  const show = createReadingMeter(output, systemClock, { label: 'reading', silent });
  const unsigned = await interruptible((signal) =>
    createTreeManifest(root, {
      createdAt: systemClock.now().round('second').toString(),
      limits: DEFAULT_LIMITS,
      only,
      leaveOut: target === undefined ? [] : [relative(root, target)],
      signal,
      onProgress: show,
    }),
  );
  const manifest = key === undefined ? unsigned : signTreeManifest(unsigned, key);
  const bytes = serialiseTreeManifest(manifest);
  if (bytes.length > DEFAULT_LIMITS.documentBytesMax) throw tooLarge(bytes.length);
  const summary = { ...summaryOf(manifest), seconds: (systemClock.monotonicMs() - startedMs) / 1000 };
  if (target === undefined) {
    output.raw(bytes.toString('utf8'));
    if (options.quiet !== true) output.note(lineOf(summary));
  } else {
    await placeManifest(target, bytes);
    output.answer({ manifest: target, ...summary }, () => [`${lineOf(summary)} The list is in ${printable(target)}.`]);
  }
  return EXIT.ok;
}

/** A directory is listed as a whole; of a file's directory that file only. */
async function rootOf(path: string): Promise<{ root: string; only: readonly string[] | undefined }> {
  const absolute = resolve(path);
  const found = await stat(absolute).catch(() => undefined);
  if (found === undefined)
    throw new AppError('usage', 'no-such-file', `There is no file or directory ${printable(path)}`);
  if (found.isDirectory()) return { root: await realpath(absolute), only: undefined };
  return { root: await realpath(dirname(absolute)), only: [basename(absolute)] };
}

function summaryOf({ entries, signature }: TreeManifest) {
  const files = entries.filter((entry) => entry.type === 'file');
  return {
    entries: entries.length,
    files: files.length,
    bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    keyId: signature?.keyId ?? null,
  };
}

function lineOf({ entries, files, bytes, keyId, seconds }: ReturnType<typeof summaryOf> & { seconds: number }): string {
  const signed = keyId === null ? 'not signed' : `signed with key ${keyId}`;
  return `${entries} names, ${files} files of them with ${formatBytes(bytes)}, read in ${formatSeconds(seconds)}, ${signed}.`;
}

function exists(file: string): AppError {
  const message = `${printable(file)} exists: a list never replaces a file, it may be the only evidence; choose another name`;
  return new AppError('conflict', 'file-exists', message);
}

function tooLarge(sizeBytes: number): AppError {
  const message = `The list would have ${formatBytes(sizeBytes)}, more than the ${formatBytes(DEFAULT_LIMITS.documentBytesMax)} that are read back: list parts of the tree`;
  return new AppError('unprocessable', 'manifest-too-large', message);
}
