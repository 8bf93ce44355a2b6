import type { KeyObject } from 'node:crypto';
import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { RecordedFile } from './diagnosis.ts';
import { type ReadDigestList, readDigestList } from './digest-list.ts';
import { listDirectory } from './directory-listing.ts';
import type { DigestList, ExpectedFile } from './expected-file.ts';
import { printable } from './finding.ts';
import type { VerificationLimits } from './limits.ts';
import { verifyDocument } from './signed-document.ts';
import { readDocument } from './stored-document.ts';
import { judged, type VerifyTarget } from './verify-target.ts';

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
    for (const [name, expected] of this.#list.entries) targets.push(...(await this.#target(name, expected)));
    return [...targets, ...(await this.#unlisted('', limits))];
  }

  async only(paths: readonly string[]): Promise<VerifyTarget[]> {
    const targets: VerifyTarget[] = [];
    for (const path of paths) {
      const name = relative(this.#root, await realpath(path).catch(() => resolve(path)));
      const expected = this.#list.entries.get(name);
      if (expected !== undefined) targets.push(...(await this.#target(name, expected, path)));
      else targets.push(...(await this.#below(name, path)));
    }
    return targets;
  }

  /** All that the list names below a directory. */
  async #below(name: string, path: string): Promise<VerifyTarget[]> {
    const targets: VerifyTarget[] = [];
    for (const [listed, expected] of this.#list.entries) {
      if (listed.startsWith(`${name}/`)) targets.push(...(await this.#target(listed, expected)));
    }
    if (targets.length > 0) return targets;
    const message = `${printable(this.#list.source)} does not name ${printable(path)}.`;
    return [judged(path, 'unknown', { kind: 'unexpected', message })];
  }

  async #target(name: string, expected: ExpectedFile, path = join(this.#shownRoot, name)): Promise<VerifyTarget[]> {
    if ((expected.type ?? 'file') !== 'file') return [];
    const { size } = await lstat(join(this.#root, name)).catch(() => ({ size: 0 }));
    const recorded = recordOf(expected, this.#list.source);
    return [{ kind: 'file', path, directory: this.#root, file: name, sizeBytes: size, recorded }];
  }

  async #unlisted(below: string, limits: VerificationLimits): Promise<VerifyTarget[]> {
    const { entries, source, only } = this.#list;
    if (only !== undefined) return [];
    const isHolding = (directory: string) => [...entries.keys()].some((name) => name.startsWith(`${directory}/`));
    const listing = await listDirectory(join(this.#root, below), isHolding, limits.filesMax);
    const files = listing.failure === undefined ? listing.files : [];
    return files
      .filter(({ path }) => !entries.has(path) && path !== this.#ownName)
      .map(({ path }) => {
        const message = `${printable(path)} is here, but ${printable(source)} does not name it.`;
        return judged(join(this.#shownRoot, path), 'unknown', { kind: 'unexpected', message });
      });
  }
}

function recordOf({ digests, sizeBytes, chunks }: ExpectedFile, source: string): RecordedFile | undefined {
  if (digests.length === 0) return undefined;
  const located = chunks && { chunkBytes: chunks.chunkBytes, chunkDigests: Buffer.from(chunks.chunks, 'base64') };
  return { source, digests, sizeBytes, chunks: located };
}
