import type { BagLine, BagManifest } from './bagit-manifest.ts';
import { BagNames, type FoundBy } from './bagit-resolve.ts';
import { type Finding, printable } from './finding.ts';
import type { Tree, TreeName } from './tree-walk.ts';

/** A digest that a manifest of a bag has for a file, and how the manifest names that file. */
export interface BagDigest {
  readonly algorithm: string;
  readonly hex: string;
  readonly manifest: string;
  readonly listedAs: string;
  readonly by: FoundBy;
}

/** A file of a bag that some manifest names. */
export interface BagFile {
  /** As it lies on the disk, relative to the bag. */
  readonly path: string;
  readonly location: Buffer;
  /** When the bag was listed. */
  readonly sizeBytes: number;
  readonly isPayload: boolean;
  readonly expected: readonly BagDigest[];
  /** Every manifest that names it, those with unknown digests too. */
  readonly namedIn: ReadonlySet<string>;
}

/** Something that is wrong in the eyes of some manifests: when these are altered themselves, it is their fault. */
export interface Attributed {
  readonly finding: Finding;
  /** Their names. */
  readonly manifests: readonly string[];
}

/** A path that a manifest names and that is not there. */
export interface MissingBagFile {
  readonly path: string;
  readonly manifest: string;
  readonly isPayload: boolean;
}

/** What manifests and disk have in common, and what they have not. */
export interface BagFiles {
  readonly found: readonly BagFile[];
  readonly missing: readonly MissingBagFile[];
  readonly notes: readonly string[];
}

/** Files that an operating system makes by itself wherever its users look. */
const SYSTEM_FILE = /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]+)$/i;

/** Whether the file is made by an operating system, not by people. */
export function isSystemFile(path: string): boolean {
  return SYSTEM_FILE.test(path);
}

/** Finds on the disk what the manifests name. */
export function collectBagFiles(tree: Tree, manifests: readonly BagManifest[]): BagFiles {
  const names = new BagNames(tree.names.filter(({ type }) => type === 'file'));
  const found = new Map<string, Collected>();
  const missing = new Map<string, MissingBagFile>();
  for (const manifest of manifests) {
    for (const line of manifest.lines) {
      const place = names.find(line);
      if (place === undefined) {
        missing.set(line.path, { path: line.path, manifest: manifest.file, isPayload: line.path.startsWith('data/') });
      } else collect(found, manifest, line, place);
    }
  }
  const system = [...found.keys()].filter(isSystemFile);
  const notes = system.slice(0, 1).map((path) => {
    return `Files that operating systems make by themselves are in the bag (${system.length}), such as ${printable(path)}.`;
  });
  return { found: [...found.values()], missing: [...missing.values()], notes };
}

interface Collected extends BagFile {
  readonly expected: BagDigest[];
  readonly namedIn: Set<string>;
}

function collect(
  found: Map<string, Collected>,
  { file: manifest, algorithm }: BagManifest,
  line: BagLine,
  { file, by }: { readonly file: TreeName; readonly by: FoundBy },
): void {
  const { path, location, sizeBytes } = file;
  const isPayload = path.startsWith('data/');
  const entry = found.get(path) ?? { path, location, sizeBytes, isPayload, expected: [], namedIn: new Set<string>() };
  found.set(path, entry);
  entry.namedIn.add(manifest);
  if (algorithm !== undefined) entry.expected.push({ algorithm, hex: line.hex, manifest, listedAs: line.path, by });
}
