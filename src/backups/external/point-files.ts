import type { BigIntStats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { listDirectory } from '../../verification/directory-listing.ts';
import { type Finding, printable } from '../../verification/finding.ts';
import type { VerificationLimits } from '../../verification/limits.ts';
import type { MarkedFile } from './point-marks.ts';

/** A file of a point as it lies there. */
export interface PlacedFile extends MarkedFile {
  /** What the system is asked for: links on the way are resolved, and names that are not UTF-8 are bytes. */
  readonly location: string | Buffer;
}

/** What lies in the repository of a point. */
export interface PointFiles {
  /** In the order of their paths' bytes. */
  readonly files: readonly PlacedFile[];
  /** Paths that should be there and are not. */
  readonly missing: readonly string[];
  /** Of what is there and is not read. */
  readonly findings: readonly Finding[];
  /** Of a point that is one directory: where it really lies. */
  readonly directory: string | undefined;
}

/** Where directories really lie: asked once of each, for as long as somebody keeps this. */
export class RealDirectories {
  readonly #known = new Map<string, string>();

  /** Undefined when it is not there, or its path leads nowhere. */
  async of(directory: string): Promise<string | undefined> {
    const known = this.#known.get(directory);
    if (known !== undefined) return known;
    const real = await realpath(directory).catch(ifGone);
    if (real !== undefined) this.#known.set(directory, real);
    return real;
  }
}

/** Where the files of points lie. */
export interface PointsPlace {
  /** The repository's, without links. */
  readonly root: string;
  readonly directories: RealDirectories;
}

/**
 * Looks at the files of a point without reading them. A link that leads out of the repository is refused, one that stays in
 * it is followed.
 * @param paths from the root: of the files, or of the directory that is the point.
 */
export async function filesThere(
  { root, directories }: PointsPlace,
  paths: readonly string[],
  limits: Pick<VerificationLimits, 'filesMax'>,
): Promise<PointFiles> {
  const files: PlacedFile[] = [];
  const missing: string[] = [];
  const findings: Finding[] = [];
  let directory: string | undefined;
  for (const path of paths) {
    const { location, found } = await lookAt(join(root, path), directories);
    if (location === undefined) missing.push(path);
    else if (!isInside(root, location)) findings.push(leadsOut(path));
    else if (found === undefined) missing.push(path);
    else if (found.isDirectory() && paths.length === 1) {
      directory = location;
      const below = await filesBelow(path, location, limits);
      files.push(...below.files);
      findings.push(...below.findings);
    } else files.push({ path, location, sizeBytes: Number(found.size), mtimeNs: found.mtimeNs });
  }
  files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  return { files, missing, findings, directory };
}

function ifGone(thrown: unknown): undefined {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw thrown;
}

/** Where a path leads to, links followed, and what lies there. */
async function lookAt(
  path: string,
  directories: RealDirectories,
): Promise<{ readonly location?: string | undefined; readonly found?: BigIntStats | undefined }> {
  const directory = await directories.of(dirname(path));
  if (directory === undefined) return {};
  const place = join(directory, basename(path));
  const seen = await lstat(place, { bigint: true }).catch(ifGone);
  if (seen === undefined) return {};
  if (!seen.isSymbolicLink()) return { location: place, found: seen };
  const location = await realpath(place).catch(ifGone);
  return { location, found: location === undefined ? undefined : await stat(location, { bigint: true }).catch(ifGone) };
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root === '/' ? root : `${root}/`);
}

function leadsOut(path: string): Finding {
  const message = `${printable(path)} is a link that leads out of the repository: it is not followed.`;
  return { kind: 'hostile', file: path, message };
}

async function filesBelow(path: string, location: string, limits: Pick<VerificationLimits, 'filesMax'>) {
  const listing = await listDirectory(location, () => true, limits.filesMax);
  const files: PlacedFile[] = [];
  // What cannot be listed, or holds too much, is said by the check of the directory.
  for (const file of listing.failure === undefined ? listing.files : []) {
    if (file.type !== 'file') continue;
    const there = file.location ?? join(location, file.path);
    const found = await stat(there, { bigint: true }).catch(ifGone);
    if (found === undefined) continue;
    const shown = `${path}/${file.path}`;
    files.push({ path: shown, location: there, sizeBytes: Number(found.size), mtimeNs: found.mtimeNs });
  }
  return { files, findings: [] };
}
