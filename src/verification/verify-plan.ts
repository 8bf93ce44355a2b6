import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { RecordedFile } from './diagnosis.ts';
import { type ListedFile, listDirectory } from './directory-listing.ts';
import { BACKUP_MANIFEST_FILE, MANIFEST_FILE, PG_DIRECTORY_TOC } from './directory-marks.ts';
import { printable } from './finding.ts';
import type { VerificationLimits } from './limits.ts';
import { judged, type VerifyTarget } from './target.ts';
import type { DirectoryKind } from './verify-directory.ts';
import type { ListedOptions } from './verify-listed.ts';

/** What there is to check behind each path, in their order: files as they are, the files below directories. */
export async function planTargets(
  paths: readonly string[],
  options: ListedOptions & { readonly recorded?: RecordedFile | undefined },
): Promise<VerifyTarget[]> {
  const targets: VerifyTarget[] = [];
  for (const path of paths) targets.push(...(await planPath(path, options)));
  return targets;
}

async function planPath(
  path: string,
  options: ListedOptions & { readonly recorded?: RecordedFile | undefined },
): Promise<VerifyTarget[]> {
  // A link that somebody names is meant. Below a directory none is followed.
  const real = await realpath(path).catch(() => resolve(path));
  const found = await stat(real).catch(() => undefined);
  if (found?.isDirectory() === true) return planDirectory(path, real, options);
  if (found === undefined && path.includes('\ufffd')) return [unnameable(path)];
  return [fileTarget(path, real, found?.size ?? 0, options.recorded)];
}

/** Node replaces what is no UTF-8 in an argument: which file was meant cannot be told any more. */
function unnameable(path: string): VerifyTarget {
  const message = `${printable(path)} is not there, but its name may hold bytes that are not UTF-8: name the directory that it lies in.`;
  return judged(path, 'unknown', { kind: 'no-access', message });
}

/** One file; also one that is not there: reading it will say so. */
function fileTarget(path: string, real: string, sizeBytes: number, recorded?: RecordedFile): VerifyTarget {
  return { kind: 'file', path, directory: dirname(real), file: basename(real), sizeBytes, recorded };
}

/** Files that make a directory one thing, and what they make it. */
const MARKS: readonly (readonly [mark: string, what: DirectoryKind])[] = [
  ['bagit.txt', 'bag'],
  [BACKUP_MANIFEST_FILE, 'base-backup'],
  [PG_DIRECTORY_TOC, 'postgres-directory'],
];

/** Checksum lists by the names that everybody gives them, the strongest digests first. */
export const CHECKSUM_LISTS = [
  'SHA512SUMS',
  'SHA384SUMS',
  'B2SUMS',
  'SHA256SUMS',
  'SHA224SUMS',
  'SHA1SUMS',
  'MD5SUMS',
].flatMap((name) => [name, `${name}.txt`, name.toLowerCase(), `${name.toLowerCase()}.txt`]);

async function planDirectory(path: string, real: string, options: ListedOptions): Promise<VerifyTarget[]> {
  const names = new Set(await readdir(real).catch(() => []));
  const what = (await isOurManifest(real, names, options.limits))
    ? 'recovery-point'
    : MARKS.find(([mark]) => names.has(mark))?.[1];
  if (what !== undefined) {
    return [{ kind: 'directory', path, directory: real, what, sizeBytes: await sizeBelow(real, options.limits) }];
  }
  const list = CHECKSUM_LISTS.find((name) => names.has(name));
  if (list === undefined) return planFiles(path, real, options.limits);
  return (await import('./verify-listed.ts')).planListed(join(path, list), [], options);
}

/** Other programs write a `manifest.json`, too. */
async function isOurManifest(real: string, names: ReadonlySet<string>, limits: VerificationLimits): Promise<boolean> {
  if (!names.has(MANIFEST_FILE)) return false;
  // It stands on the whole reading of files, which nobody else who plans needs.
  const { readDocument } = await import('./stored-document.ts');
  const { bytes, finding } = await readDocument(join(real, MANIFEST_FILE), MANIFEST_FILE, limits);
  // A link or a pipe in its place is for the check of the recovery point to refuse.
  return bytes === undefined ? finding.kind === 'hostile' : bytes.includes('\n  "format": "muster-manifest/');
}

async function sizeBelow(real: string, limits: VerificationLimits): Promise<number> {
  const listing = await listDirectory(real, () => true, limits.filesMax);
  const files = listing.failure === undefined ? listing.files : [];
  return files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}

async function planFiles(path: string, real: string, limits: VerificationLimits): Promise<VerifyTarget[]> {
  const listing = await listDirectory(real, () => true, limits.filesMax);
  if (listing.failure !== undefined) {
    return [judged(path, 'directory', { kind: 'no-access', message: `${printable(path)} may not be read.` })];
  }
  const targets: VerifyTarget[] = [];
  for (const file of listing.files) targets.push(...(await planFound(path, real, file)));
  targets.push(...listing.closed.map(({ path: below, code }) => closedDirectory(join(path, below), code)));
  if (!listing.isComplete) {
    const message = `${printable(path)} holds more than ${limits.filesMax} files; the others were not looked at.`;
    targets.push(judged(path, 'directory', { kind: 'suspect', message }));
  }
  if (targets.length > 0) return targets;
  return [judged(path, 'directory', { kind: 'empty', message: `${printable(path)} holds no file.` })];
}

function closedDirectory(shown: string, code: string): VerifyTarget {
  const kind = code === 'EACCES' || code === 'EPERM' ? 'no-access' : 'unreadable';
  const message = `The directory ${printable(shown)} cannot be read (${code}): what is in it was not looked at.`;
  return judged(shown, 'directory', { kind, message });
}

async function planFound(path: string, real: string, file: ListedFile): Promise<VerifyTarget[]> {
  const shown = join(path, file.path);
  const there = file.location ?? join(real, file.path);
  switch (file.type) {
    case 'file':
      return [fileFound(shown, real, file)];
    case 'directory':
      return [];
    case 'link':
      // What it points to inside is checked where it lies.
      if (await staysInside(real, there)) return [];
      return [linkUnfollowed(shown)];
    case 'special':
      return [
        judged(shown, 'special', { kind: 'hostile', message: `${printable(shown)} is a device, pipe or socket.` }),
      ];
  }
}

function fileFound(path: string, directory: string, { path: file, location, sizeBytes }: ListedFile): VerifyTarget {
  return { kind: 'file', path, directory, file, sizeBytes, ...(location === undefined ? {} : { location }) };
}

function linkUnfollowed(shown: string): VerifyTarget {
  const message = `${printable(shown)} is a link that leads nowhere, or out of the directory: it was not followed.`;
  return judged(shown, 'link', { kind: 'no-access', message });
}

async function staysInside(root: string, link: string | Buffer): Promise<boolean> {
  const target = await realpath(link).catch(() => undefined);
  return target === root || target?.startsWith(root === '/' ? root : `${root}/`) === true;
}
