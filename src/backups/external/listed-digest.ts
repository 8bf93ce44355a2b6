import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { algorithmOfLength } from '../../verification/checksum-algorithm.ts';
import type { RecordedFile } from '../../verification/diagnosis.ts';
import { type ReadDigestList, readDigestList } from '../../verification/digest-list.ts';
import { type Finding, printable } from '../../verification/finding.ts';
import type { VerificationLimits } from '../../verification/limits.ts';
import { readDocument } from '../../verification/stored-document.ts';
import { CHECKSUM_LISTS } from '../../verification/verify-plan.ts';

/** What the lists beside a file say of it: a record, why a list is none, or nothing. */
export type ListedDigest =
  | { readonly recorded: RecordedFile; readonly finding?: undefined }
  | { readonly recorded?: undefined; readonly finding: Finding };

/** Endings of lists of one file, the strongest digests first. */
const ENDINGS = ['sha512', 'sha384', 'b2', 'sha256', 'sha224', 'sha1', 'md5'].flatMap((name) => [
  `.${name}`,
  `.${name}sum`,
]);

/** Paths at which a list of digests may lie that says something of a file. */
export function namesOfLists(path: string): string[] {
  const own = ENDINGS.map((ending) => `${path}${ending}`);
  return [...own, ...CHECKSUM_LISTS.map((list) => join(dirname(path), list))];
}

/** What the system says of a file or directory that is not changed: another text when it is. */
type Stamp = string;

/** The lists that lie beside the files of a repository. A directory, or a list, is read again when it changed. */
export class ListsBeside {
  readonly #root: string;
  readonly #limits: VerificationLimits;
  /** Of the directory that was asked for last: the files of a point, and points one after the other, lie side by side. */
  #directory: { readonly path: string; readonly stamp: Stamp; readonly names: ReadonlySet<string> } | undefined;
  /** The list that was asked last. */
  #list: { readonly path: string; readonly stamp: Stamp; readonly read: ReadDigestList } | undefined;

  /** @param root the repository's, without links. */
  constructor(root: string, limits: VerificationLimits) {
    this.#root = root;
    this.#limits = limits;
  }

  /**
   * The digest that stands beside a file: in `NAME.sha256` and the like, else in the list of its directory (`SHA256SUMS` and
   * the like).
   * @param path of the file, from the root.
   */
  async digestOf(path: string): Promise<ListedDigest | undefined> {
    const directory = dirname(path);
    const names = await this.#namesIn(directory);
    const name = basename(path);
    const own = ENDINGS.map((ending) => `${name}${ending}`).find((list) => names.has(list));
    if (own !== undefined) return this.#fromOwnList(join(directory, own), name);
    for (const list of CHECKSUM_LISTS.filter((candidate) => names.has(candidate))) {
      const said = recordOf(join(directory, list), await this.#read(join(directory, list)), name);
      if (said !== undefined) return said;
    }
    return undefined;
  }

  async #namesIn(path: string): Promise<ReadonlySet<string>> {
    const location = join(this.#root, path);
    const stamp = await stampOf(location);
    const known = this.#directory;
    if (known !== undefined && known.path === path && known.stamp === stamp) return known.names;
    const names = new Set(await readdir(location).catch(() => []));
    this.#directory = stamp === undefined ? undefined : { path, stamp, names };
    return names;
  }

  /** A list that bears the name of the file is about it, wherever the path in it begins. */
  async #fromOwnList(list: string, name: string): Promise<ListedDigest> {
    const { bytes, finding } = await readDocument(join(this.#root, list), list, this.#limits);
    if (bytes === undefined) return { finding };
    const [, hex, named] = ONE_LINE.exec(bytes.toString('utf8').slice(0, 10_000)) ?? [];
    const algorithm = hex === undefined ? undefined : algorithmOfLength(hex.length / 2, list);
    if (hex !== undefined && algorithm !== undefined && (named === undefined || basename(named.trim()) === name)) {
      return { recorded: { source: list, digests: [{ algorithm, hex: hex.toLowerCase() }] } };
    }
    const message = `${printable(list)} does not name ${printable(name)}.`;
    const said = recordOf(list, readDigestList(bytes, list, this.#limits), name);
    return said ?? { finding: { kind: 'unexpected', file: list, message } };
  }

  async #read(path: string): Promise<ReadDigestList> {
    const location = join(this.#root, path);
    const stamp = await stampOf(location);
    const known = this.#list;
    if (known !== undefined && known.path === path && known.stamp === stamp) return known.read;
    const { bytes, finding } = await readDocument(location, path, this.#limits);
    const read = bytes === undefined ? { finding } : readDigestList(bytes, path, this.#limits);
    this.#list = stamp === undefined ? undefined : { path, stamp, read };
    return read;
  }
}

/** A second that is not over can bring a change that the times do not show. */
const RESTLESS_MS = 1000;

/** Undefined for what is not there, or changed a moment ago: it is to be read again. */
async function stampOf(location: string): Promise<Stamp | undefined> {
  const found = await stat(location, { bigint: true }).catch(() => undefined);
  if (found === undefined || Date.now() - Number(found.ctimeMs) < RESTLESS_MS) return undefined;
  return `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
}

/** One line of digits alone, or with a name: scripts write the path as it was where they ran. */
const ONE_LINE = /^\s*([0-9A-Fa-f]{32,128})(?:[ \t]+\*?([^\n]+))?\s*$/;

/** Undefined when the list does not name the file. */
function recordOf(list: string, read: ReadDigestList, name: string): ListedDigest | undefined {
  if (read.list === undefined) return { finding: read.finding };
  const expected = read.list.entries.get(name);
  if (expected === undefined || expected.digests.length === 0) return undefined;
  const { digests, sizeBytes } = expected;
  return { recorded: { source: list, digests, sizeBytes } };
}
