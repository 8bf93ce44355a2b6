import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { RecordedFile } from './diagnosis.ts';
import { type ListedFile, listDirectory } from './directory-listing.ts';
import { type Finding, printable, verdictOf } from './finding.ts';
import type { VerificationLimits } from './limits.ts';
import type { PathResult } from './verify-file.ts';
import type { VerifyTarget } from './verify-target.ts';

/** What there is to check behind each path, in their order: files as they are, the files below directories. */
export async function planTargets(
  paths: readonly string[],
  options: { readonly limits: VerificationLimits; readonly recorded?: RecordedFile | undefined },
): Promise<VerifyTarget[]> {
  const targets: VerifyTarget[] = [];
  for (const path of paths) targets.push(...(await planPath(path, options)));
  return targets;
}

async function planPath(
  path: string,
  { limits, recorded }: { readonly limits: VerificationLimits; readonly recorded?: RecordedFile | undefined },
): Promise<VerifyTarget[]> {
  // A link that somebody names is meant. Below a directory none is followed.
  const real = await realpath(path).catch(() => resolve(path));
  const found = await stat(real).catch(() => undefined);
  if (found?.isDirectory() === true) return planDirectory(path, real, limits);
  return [fileTarget(path, real, found?.size ?? 0, recorded)];
}

/** One file; also one that is not there: reading it will say so. */
function fileTarget(path: string, real: string, sizeBytes: number, recorded?: RecordedFile): VerifyTarget {
  return { kind: 'file', path, directory: dirname(real), file: basename(real), sizeBytes, recorded };
}

async function planDirectory(path: string, real: string, limits: VerificationLimits): Promise<VerifyTarget[]> {
  const listing = await listDirectory(real, () => true, limits.filesMax);
  if (listing.failure !== undefined) {
    return [judged(path, 'directory', { kind: 'no-access', message: `${printable(path)} may not be read.` })];
  }
  const targets: VerifyTarget[] = [];
  for (const file of listing.files) targets.push(...(await planListed(path, real, file)));
  if (!listing.isComplete) {
    const message = `${printable(path)} holds more than ${limits.filesMax} files; the others were not looked at.`;
    targets.push(judged(path, 'directory', { kind: 'suspect', message }));
  }
  if (targets.length > 0) return targets;
  return [judged(path, 'directory', { kind: 'empty', message: `${printable(path)} holds no file.` })];
}

async function planListed(path: string, real: string, file: ListedFile): Promise<VerifyTarget[]> {
  const shown = join(path, file.path);
  const there = join(real, file.path);
  switch (file.type) {
    case 'file':
      return [{ kind: 'file', path: shown, directory: real, file: file.path, sizeBytes: file.sizeBytes }];
    case 'directory':
      return [];
    case 'link':
      // What it points to inside is checked where it lies.
      if (await staysInside(real, there)) return [];
      return [
        judged(shown, 'link', {
          kind: 'no-access',
          message: `${printable(shown)} is a link out of the directory: it was not followed.`,
        }),
      ];
    case 'special':
      return [
        judged(shown, 'special', { kind: 'hostile', message: `${printable(shown)} is a device, pipe or socket.` }),
      ];
  }
}

async function staysInside(root: string, link: string): Promise<boolean> {
  const target = await readlink(link).then(
    (to) => resolve(dirname(link), to),
    () => undefined,
  );
  if (target === undefined || relative(root, target).startsWith('..')) return false;
  return lstat(target).then(
    () => true,
    () => false,
  );
}

/** A path that is judged without being read. */
export function judged(path: string, format: string, finding: Omit<Finding, 'file'>): VerifyTarget {
  const findings = [{ ...finding, file: path }];
  const result: PathResult = {
    ...{ path, format, findings, verdict: verdictOf(findings, 0), level: 'presence' },
    ...{ bytes: 0, decodedBytes: 0, entries: 0, seconds: 0 },
  };
  return { kind: 'judged', path, sizeBytes: 0, result };
}
