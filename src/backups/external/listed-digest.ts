import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { algorithmOfLength } from '../../verification/checksum-algorithm.ts';
import type { RecordedFile } from '../../verification/diagnosis.ts';
import { readDigestList } from '../../verification/digest-list.ts';
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

/**
 * The digest that stands beside a file: in `NAME.sha256` and the like, else in the list of its directory (`SHA256SUMS` and
 * the like).
 * @param path of the file, from the repository's root.
 */
export async function listedDigest(
  root: string,
  path: string,
  limits: VerificationLimits,
): Promise<ListedDigest | undefined> {
  const directory = dirname(path);
  const names = new Set(await readdir(join(root, directory)).catch(() => []));
  const name = basename(path);
  const own = ENDINGS.map((ending) => `${name}${ending}`).find((list) => names.has(list));
  if (own !== undefined) return fromOwnList(root, join(directory, own), name, limits);
  for (const list of CHECKSUM_LISTS.filter((candidate) => names.has(candidate))) {
    const said = await fromList(root, join(directory, list), name, limits);
    if (said !== undefined) return said;
  }
  return undefined;
}

/** One line of digits alone, or with a name: scripts write the path as it was where they ran. */
const ONE_LINE = /^\s*([0-9A-Fa-f]{32,128})(?:[ \t]+\*?([^\n]+))?\s*$/;

/** A list that bears the name of the file is about it, wherever the path in it begins. */
async function fromOwnList(
  root: string,
  list: string,
  name: string,
  limits: VerificationLimits,
): Promise<ListedDigest> {
  const { bytes, finding } = await readDocument(join(root, list), list, limits);
  if (bytes === undefined) return { finding };
  const [, hex, named] = ONE_LINE.exec(bytes.toString('utf8').slice(0, 10_000)) ?? [];
  const algorithm = hex === undefined ? undefined : algorithmOfLength(hex.length / 2, list);
  if (hex !== undefined && algorithm !== undefined && (named === undefined || basename(named.trim()) === name)) {
    return { recorded: { source: list, digests: [{ algorithm, hex: hex.toLowerCase() }] } };
  }
  const message = `${printable(list)} does not name ${printable(name)}.`;
  return (await fromList(root, list, name, limits)) ?? { finding: { kind: 'unexpected', file: list, message } };
}

/** Undefined when the list does not name the file. */
async function fromList(
  root: string,
  list: string,
  name: string,
  limits: VerificationLimits,
): Promise<ListedDigest | undefined> {
  const { bytes, finding } = await readDocument(join(root, list), list, limits);
  if (bytes === undefined) return { finding };
  const read = readDigestList(bytes, list, limits);
  if (read.list === undefined) return { finding: read.finding };
  const expected = read.list.entries.get(name);
  if (expected === undefined || expected.digests.length === 0) return undefined;
  const { digests, sizeBytes } = expected;
  return { recorded: { source: list, digests, sizeBytes } };
}
