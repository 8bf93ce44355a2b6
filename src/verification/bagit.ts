import { concludeBag } from './bagit-conclusion.ts';
import type { BagReadOptions } from './bagit-documents.ts';
import type { Attributed, BagDigest, BagFile } from './bagit-files.ts';
import { readBag } from './bagit-read.ts';
import { digestFile, type FileDigests } from './file-digests.ts';
import { type Finding, printable } from './finding.ts';

/** Reads one file once and digests it in every way; a finding about `name` when that cannot be. */
type DigestBagFile = (
  location: Buffer,
  algorithms: readonly string[],
  name: string,
) => Promise<Pick<FileDigests, 'sizeBytes' | 'digests' | 'warning'> | Finding>;

/** How a bag is verified. */
export interface VerifyBagOptions extends BagReadOptions {
  /** Default: one file after the other in this thread. */
  readonly digestFile?: DigestBagFile;
  /** See that its files are there, and read none but its manifests and tags. */
  readonly isPresenceOnly?: boolean | undefined;
  /** Waited for after each piece that was read. */
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
}

/** What the check of a bag showed. */
export interface BagCheck {
  readonly findings: readonly Finding[];
  /** Legal, but worth a word to a person. They do not count for the verdict. */
  readonly notes: readonly string[];
  /** The payload has digests of MD5 and SHA-1 alone. */
  readonly isWeak: boolean;
  /** Files whose digests were compared; with none of them nothing is sound. */
  readonly filesChecked: number;
  readonly bytesRead: number;
}

/** Checks a bag in full: every file that a manifest names is read once, with all digests that are asked of it. */
export async function verifyBag(directory: string, options: VerifyBagOptions): Promise<BagCheck> {
  const bag = await readBag(directory, options);
  const digest = options.digestFile ?? defaultDigest(options);
  const judged: Finding[] = [];
  const differences: Attributed[] = [];
  let filesChecked = 0;
  let bytesRead = bag.bytesRead;
  for (const file of bag.files) {
    options.signal?.throwIfAborted();
    if (file.expected.length === 0) continue;
    if (options.isPresenceOnly === true) {
      filesChecked += 1;
      continue;
    }
    const known = bag.known.get(file.path);
    const answer =
      known === undefined
        ? await digest(file.location, algorithmsOf(file), file.path)
        : { sizeBytes: 0, digests: known };
    if ('kind' in answer) {
      judged.push({ ...answer, file: file.path });
      continue;
    }
    filesChecked += 1;
    bytesRead += answer.sizeBytes;
    if (answer.warning !== undefined) judged.push({ ...answer.warning, file: file.path });
    const { findings, difference } = compareBagFile(file, answer.digests);
    judged.push(...findings);
    if (difference !== undefined) differences.push(difference);
  }
  const { notes, isWeak } = bag;
  return { findings: concludeBag(bag, judged, differences), notes, isWeak, filesChecked, bytesRead };
}

/** The digests that the manifests of a bag ask of one file. */
function algorithmsOf({ expected }: BagFile): string[] {
  return [...new Set(expected.map(({ algorithm }) => algorithm))];
}

/** Compares a file of a bag with its digests. `difference` is apart, because an altered manifest may be to blame. */
function compareBagFile(
  file: BagFile,
  digests: Readonly<Record<string, string>>,
): { readonly findings: readonly Finding[]; readonly difference?: Attributed } {
  const fits = (digest: BagDigest) => digests[digest.algorithm] === digest.hex;
  const findings: Finding[] = [];
  const told = new Set<string>();
  for (const digest of file.expected) {
    if (digest.by === 'exact' || told.has(digest.listedAs)) continue;
    if (!fits(digest) && digest.by !== 'case') continue;
    told.add(digest.listedAs);
    findings.push(aliasFinding(file, digest, fits(digest)));
  }
  const wrong = file.expected.filter((digest) => !fits(digest) && digest.by !== 'case');
  const [first] = wrong;
  if (first === undefined) return { findings };
  const right = file.expected.find(fits);
  const but = right === undefined ? '' : `, although it is what ${printable(right.manifest)} says`;
  const finding: Finding = {
    kind: 'altered',
    file: file.path,
    expected: `${first.algorithm}:${first.hex}`,
    actual: `${first.algorithm}:${digests[first.algorithm]}`,
    message: `${printable(file.path)} is not what ${printable(first.manifest)} says${but}.`,
  };
  return { findings, difference: { finding, manifests: wrong.map(({ manifest }) => manifest) } };
}

/** The file has another name than the manifest gives it. */
function aliasFinding({ path }: BagFile, { listedAs, manifest, by }: BagDigest, isSame: boolean): Finding {
  const listed = printable(listedAs);
  const inManifest = `${listed}, which ${printable(manifest)} lists,`;
  if (!isSame) {
    const message = `${inManifest} is not there; ${printable(path)}, which differs from it in case only, has another content.`;
    return { kind: 'missing', file: listedAs, message };
  }
  const how: Readonly<Record<BagDigest['by'], string>> = {
    exact: '',
    'percent-encoding': `is there as ${printable(path)}: its percent signs are not encoded as the bag's version has it`,
    'normal-form': 'is there in another Unicode normal form',
    case: `is there as ${printable(path)} only, which differs in upper and lower case`,
  };
  return { kind: 'suspect', file: path, entry: listedAs, message: `${inManifest} ${how[by]}.` };
}

function defaultDigest({ signal, onRead, pace }: VerifyBagOptions): DigestBagFile {
  return (location, algorithms, name) => digestFile(location, name, { algorithms, signal, onRead, pace });
}
