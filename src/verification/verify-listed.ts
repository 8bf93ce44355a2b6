import type { KeyObject } from 'node:crypto';
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { RecordedFile } from './diagnosis.ts';
import { type ReadDigestList, readDigestList } from './digest-list.ts';
import { type ListedFile, listDirectory } from './directory-listing.ts';
import type { DigestList, ExpectedFile } from './expected-file.ts';
import { printable } from './finding.ts';
import type { VerificationLimits } from './limits.ts';
import { verifyDocument } from './signed-document.ts';
import { readDocument } from './stored-document.ts';
import { judged, type VerifyTarget } from './target.ts';

/** What checking against a list is told. */
export interface ListedOptions {
  readonly limits: VerificationLimits;
  /** The Ed25519 keys one of which must have signed the list; none: nobody asks for a signature. */
  readonly publicKeys: readonly KeyObject[];
}

/**
 * What there is to check against a list of digests: every file that it names, and what lies beside them although no line
 * names it. With `paths` only those, each of which the list must name.
 */
export async function planListed(
  listPath: string,
  paths: readonly string[],
  options: ListedOptions,
): Promise<VerifyTarget[]> {
  const location = await realpath(listPath).catch(() => resolve(listPath));
  const { bytes, finding } = await readDocument(location, listPath, options.limits);
  if (bytes === undefined) return [judged(listPath, 'list', finding)];
  const read = readDigestList(bytes, listPath, options.limits);
  if (read.list === undefined) return [judged(listPath, 'list', read.finding)];
  const root = dirname(location);
  const shownRoot = dirname(listPath);
  const whole = wholeDirectory(read, { path: shownRoot, directory: root, list: location });
  if (paths.length === 0 && whole !== undefined) return [whole];
  const unsigned = signatureOf(read, listPath, options.publicKeys);
  const plan = new ListPlan(read.list, root, shownRoot, basename(location));
  const named = paths.length === 0 ? await plan.everything(options.limits) : await plan.only(paths);
  return [...unsigned, ...named];
}

/** Lists that say more than which files there are: the directory is checked as a whole. */
function wholeDirectory(
  { list }: ReadDigestList,
  place: { readonly path: string; readonly directory: string; readonly list: string },
): VerifyTarget | undefined {
  if (list?.kind === 'muster-tree') return { kind: 'directory', what: 'tree', sizeBytes: sizeOf(list), ...place };
  if (list?.kind !== 'backup_manifest') return undefined;
  return { kind: 'directory', what: 'base-backup', sizeBytes: sizeOf(list), ...place };
}

function sizeOf({ entries }: DigestList): number {
  let total = 0;
  for (const { sizeBytes = 0 } of entries.values()) total += sizeBytes;
  return total;
}

function signatureOf(read: ReadDigestList, listPath: string, publicKeys: readonly KeyObject[]): VerifyTarget[] {
  if (publicKeys.length === 0 || read.list === undefined) return [];
  const document = read.treeManifest ?? read.manifest;
  if (document === undefined) {
    const message = `${printable(listPath)} is of a kind that carries no signature.`;
    return [judged(listPath, 'list', { kind: 'unsigned', message })];
  }
  const finding = verifyDocument(document, publicKeys, listPath);
  return finding === undefined ? [] : [judged(listPath, 'list', finding)];
}

class ListPlan {
  readonly #list: DigestList;
  readonly #root: string;
  readonly #shownRoot: string;
  readonly #ownName: string;

  constructor(list: DigestList, root: string, shownRoot: string, ownName: string) {
    this.#list = list;
    this.#root = root;
    this.#shownRoot = shownRoot;
    this.#ownName = ownName;
  }

  async everything(limits: VerificationLimits): Promise<VerifyTarget[]> {
    const targets: VerifyTarget[] = [];
    for (const [name, expected] of this.#list.entries) targets.push(...this.#target(name, expected));
    return [...targets, ...(await this.#unlisted(limits))];
  }

  async only(paths: readonly string[]): Promise<VerifyTarget[]> {
    const targets: VerifyTarget[] = [];
    for (const path of paths) {
      const name = relative(this.#root, await realpath(path).catch(() => resolve(path)));
      const expected = this.#list.entries.get(name);
      if (expected !== undefined && (expected.type ?? 'file') !== 'directory')
        targets.push(...this.#target(name, expected, path));
      else targets.push(...this.#below(name, path));
    }
    return targets;
  }

  /** All that the list names below a directory. */
  #below(name: string, path: string): VerifyTarget[] {
    const targets: VerifyTarget[] = [];
    for (const [listed, expected] of this.#list.entries) {
      if (listed.startsWith(`${name}/`)) targets.push(...this.#target(listed, expected));
    }
    if (targets.length > 0) return targets;
    const message = `${printable(this.#list.source)} does not name ${printable(path)}.`;
    return [judged(path, 'unknown', { kind: 'unexpected', message })];
  }

  #target(name: string, expected: ExpectedFile, path = join(this.#shownRoot, name)): VerifyTarget[] {
    if ((expected.type ?? 'file') !== 'file') return [];
    const sizeBytes = lstatSync(join(this.#root, name), { throwIfNoEntry: false })?.size ?? 0;
    const recorded = recordOf(expected, this.#list.source);
    return [{ kind: 'file', path, directory: this.#root, file: name, sizeBytes, recorded }];
  }

  async #unlisted(limits: VerificationLimits): Promise<VerifyTarget[]> {
    const { entries, source, only } = this.#list;
    if (only !== undefined) return [];
    const holding = directoriesOf(entries.keys());
    const listing = await listDirectory(this.#root, (directory) => holding.has(directory), limits.filesMax);
    const files = listing.failure === undefined ? listing.files : [];
    const isNamed = ({ path }: ListedFile) => entries.has(path) || path === this.#ownName;
    return files
      .filter((file) => !isNamed(file) && !isOfNoList(this.#root, file))
      .map(({ path }) => {
        const message = `${printable(path)} is here, but ${printable(source)} does not name it.`;
        return judged(join(this.#shownRoot, path), 'unknown', { kind: 'unexpected', message });
      });
  }
}

/**
 * What a list of digests cannot name: links (what one leads to inside is named or not where it lies), and directories with
 * nothing but those in them.
 */
function isOfNoList(root: string, { path, type }: Pick<ListedFile, 'path' | 'type'>): boolean {
  if (type === 'link') return leadsInside(root, path);
  if (type !== 'directory') return false;
  return readdirSync(join(root, path), { withFileTypes: true }).every((below) => {
    const kind = below.isSymbolicLink() ? 'link' : below.isDirectory() ? 'directory' : 'file';
    return isOfNoList(root, { path: `${path}/${below.name}`, type: kind });
  });
}

function leadsInside(root: string, path: string): boolean {
  try {
    return !relative(root, realpathSync(join(root, path))).startsWith('..');
  } catch {
    return false;
  }
}

/** All directories in which something of the list lies. */
function directoriesOf(names: Iterable<string>): Set<string> {
  const directories = new Set<string>();
  for (const name of names) {
    for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1)) {
      const directory = name.slice(0, at);
      // Those above it are there, too.
      if (directories.has(directory)) break;
      directories.add(directory);
    }
  }
  return directories;
}

function recordOf({ digests, sizeBytes, chunks }: ExpectedFile, source: string): RecordedFile | undefined {
  if (digests.length === 0) return undefined;
  const located = chunks && { chunkBytes: chunks.chunkBytes, chunkDigests: Buffer.from(chunks.chunks, 'base64') };
  return { source, digests, sizeBytes, chunks: located };
}
