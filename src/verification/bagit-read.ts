import { bagFaults, judgeCompleteness } from './bagit-completeness.ts';
import {
  BAG_DECLARATION_FILE,
  type BagDeclaration,
  type ParsedDeclaration,
  parseBagDeclaration,
} from './bagit-declaration.ts';
import { type BagDocument, type BagReadOptions, readBagDocuments } from './bagit-documents.ts';
import { BAG_FETCH_FILE, type FetchLine, parseBagFetch } from './bagit-fetch.ts';
import { type Attributed, type BagFile, collectBagFiles } from './bagit-files.ts';
import { BAG_INFO_FILES, type PayloadOxum, payloadOxumIn } from './bagit-info.ts';
import { type BagManifest, bagManifestNamed, parseBagManifest } from './bagit-manifest.ts';
import { decodeTagText } from './bagit-text.ts';
import { isWeakAlgorithm } from './expected-file.ts';
import { type Finding, printable } from './finding.ts';
import { type Tree, walkTree } from './tree-walk.ts';

/** A bag before its payload is read: what it says of itself, and what is wrong already. */
export interface Bag {
  readonly directory: string;
  readonly declaration?: BagDeclaration;
  /** Every file that a manifest names and that is there, with the digests that it must have. */
  readonly files: readonly BagFile[];
  /** What is wrong without a look into the payload. */
  readonly findings: readonly Finding[];
  /** Missing and unexpected files. */
  readonly attributed: readonly Attributed[];
  /** The sum of the payload is not as stated: told when nothing else explains it. */
  readonly sum: Finding | undefined;
  /** Legal, but worth a word to a person. They do not count for the verdict. */
  readonly notes: readonly string[];
  /** MD5 and SHA-1 alone: they show rot, and no forgery. */
  readonly isWeak: boolean;
  /** Digests of the tag files that were read to get here, by path: they need not be read again. */
  readonly known: ReadonlyMap<string, BagDocument['digests']>;
  readonly bytesRead: number;
  /** Of the files that are still to be read. */
  readonly bytesToRead: number;
}

/** Reads what a bag says of itself (RFC 8493, and the drafts from 0.93 on). Nothing is fetched, no link is followed. */
export async function readBag(directory: string, options: BagReadOptions): Promise<Bag> {
  const tree = await walkTree(directory, { namesMax: options.limits.entriesMax, signal: options.signal });
  const top = tree.names.filter(({ path }) => !path.includes('/'));
  const { documents, findings: unread, bytesRead } = await readBagDocuments(directory, top, options);
  const known = new Map([...documents].map(([path, { digests }]) => [path, digests] as const));
  const faults = [...bagFaults(tree, options.limits.entriesMax), ...unread];
  const empty = {
    directory,
    files: [],
    attributed: [],
    sum: undefined,
    notes: [],
    isWeak: false,
    known,
    bytesRead,
    bytesToRead: 0,
  };
  if (tree.faults.some(({ path }) => path === '.')) return { ...empty, findings: faults };
  const { declaration: said, finding } = declarationIn(documents, unread);
  if (finding !== undefined) faults.push(finding);
  if (finding?.kind === 'unknown-format') return { ...empty, findings: faults };
  return { ...empty, ...describeBag(tree, documents, said ?? ASSUMED, faults) };
}

/** What most bags are: of a bag whose declaration is lost the payload can still be checked. */
const ASSUMED: BagDeclaration = { major: 0, minor: 97, encoding: 'UTF-8' };

function describeBag(
  tree: Tree,
  documents: ReadonlyMap<string, BagDocument>,
  declaration: BagDeclaration,
  faults: readonly Finding[],
): Omit<Bag, 'directory' | 'known' | 'bytesRead'> {
  const said = parseTagFiles(documents, declaration);
  const files = collectBagFiles(tree, said.manifests);
  const evidence = { tree, files: files.found, missing: files.missing, declaration, ...said };
  const { findings, attributed, sum } = judgeCompleteness(evidence);
  const payload = said.manifests.filter(({ isOfPayload }) => isOfPayload);
  return {
    declaration,
    files: files.found,
    findings: [...faults, ...said.findings, ...findings],
    attributed,
    sum,
    notes: [...new Set([...said.notes, ...files.notes])],
    isWeak:
      payload.length > 0 && payload.every(({ algorithm }) => algorithm !== undefined && isWeakAlgorithm(algorithm)),
    bytesToRead: files.found.reduce((sum, { path, sizeBytes }) => sum + (documents.has(path) ? 0 : sizeBytes), 0),
  };
}

function declarationIn(
  documents: ReadonlyMap<string, BagDocument>,
  unread: readonly Finding[],
): Partial<ParsedDeclaration> {
  const document = documents.get(BAG_DECLARATION_FILE);
  if (document !== undefined) return parseBagDeclaration(document.bytes);
  if (unread.some(({ file }) => file === BAG_DECLARATION_FILE)) return {};
  const message = 'bagit.txt is not there: without it a directory is no bag.';
  return { finding: { kind: 'missing', file: BAG_DECLARATION_FILE, message } };
}

/** What the tag files say, all but `bagit.txt`. */
interface TagFiles {
  readonly manifests: readonly BagManifest[];
  readonly fetch: readonly FetchLine[];
  readonly oxum: { readonly file: string; readonly said: PayloadOxum | 'broken' } | undefined;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

function parseTagFiles(documents: ReadonlyMap<string, BagDocument>, declaration: BagDeclaration): TagFiles {
  const manifests: BagManifest[] = [];
  const findings: Finding[] = [];
  let fetch: readonly FetchLine[] = [];
  let oxum: TagFiles['oxum'];
  for (const [file, { bytes }] of documents) {
    if (file === BAG_DECLARATION_FILE) continue;
    const { text, problem } = decodeTagText(bytes, declaration.encoding);
    if (text === undefined) {
      findings.push(encodingFinding(file, problem, declaration.encoding));
      continue;
    }
    if (bagManifestNamed(file) !== undefined) {
      const manifest = parseBagManifest(file, text, declaration);
      manifests.push(manifest);
      findings.push(...manifest.findings, ...unknownAlgorithm(manifest), ...namesNothing(manifest));
    } else if (file === BAG_FETCH_FILE) {
      const parsed = parseBagFetch(text, declaration);
      fetch = parsed.lines;
      findings.push(...parsed.findings);
    } else if (BAG_INFO_FILES.some((name) => name === file)) {
      const said = payloadOxumIn(text);
      if (said !== undefined) oxum ??= { file, said };
    }
  }
  return { manifests, fetch, oxum, findings, notes: manifests.flatMap(({ notes }) => notes) };
}

function encodingFinding(file: string, problem: string, encoding: string): Finding {
  const name = printable(file);
  if (problem === 'unknown-encoding') {
    const message = `The encoding ${printable(encoding)} that bagit.txt names is not known here, so ${name} cannot be read.`;
    return { kind: 'unknown-format', file, message };
  }
  return { kind: 'corrupt', file, message: `${name} is not the ${printable(encoding)} that bagit.txt says it is.` };
}

/** A bag may have no payload, but always has tag files: whoever lists them lists at least one. */
function namesNothing({ file, isOfPayload, lines, findings }: BagManifest): Finding[] {
  if (isOfPayload || lines.length > 0 || findings.length > 0) return [];
  return [{ kind: 'empty', file, message: `${printable(file)} names no file.` }];
}

function unknownAlgorithm({ file, algorithm }: BagManifest): Finding[] {
  if (algorithm !== undefined) return [];
  const message = `The digests of ${printable(file)} are of a kind that is not known here.`;
  return [{ kind: 'unknown-format', file, message }];
}
