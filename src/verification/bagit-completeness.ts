import { type BagDeclaration, isOfRfc } from './bagit-declaration.ts';
import { BAG_FETCH_FILE, type FetchLine } from './bagit-fetch.ts';
import { type Attributed, type BagFile, isSystemFile, type MissingBagFile } from './bagit-files.ts';
import type { PayloadOxum } from './bagit-info.ts';
import type { BagManifest } from './bagit-manifest.ts';
import { type Finding, printable, withConsequences } from './finding.ts';
import { hostileLink } from './tar-name.ts';
import { FindingsPerKind, treeFaults } from './tree-findings.ts';
import type { Tree } from './tree-walk.ts';

/** What is known of a bag when its tag files were read. */
export interface BagEvidence {
  readonly tree: Tree;
  readonly files: readonly BagFile[];
  readonly missing: readonly MissingBagFile[];
  readonly manifests: readonly BagManifest[];
  readonly fetch: readonly FetchLine[];
  readonly oxum: { readonly file: string; readonly said: PayloadOxum | 'broken' } | undefined;
  readonly declaration: BagDeclaration;
}

/** Whether manifests, fetch list, metadata and disk agree on what is in the bag. */
export interface Completeness {
  /** Wrong whatever else is. */
  readonly findings: readonly Finding[];
  readonly attributed: readonly Attributed[];
  /** The payload is not what its sum says. Everything else that is wrong with the payload explains it. */
  readonly sum: Finding | undefined;
}

/** Compares what the bag says that it has with what is there. */
export function judgeCompleteness(evidence: BagEvidence): Completeness {
  const { elsewhere, gone } = missingFiles(evidence);
  const findings = [...manifestFindings(evidence), ...fetchFindings(evidence), ...elsewhere];
  return { findings, attributed: [...gone, ...unlistedFiles(evidence)], sum: oxumFinding(evidence) };
}

/** What lies in the bag that no bag should hold, and what could not be looked at. */
export function bagFaults(tree: Tree, entriesMax: number): Finding[] {
  const { names } = tree;
  const findings = new FindingsPerKind();
  for (const finding of treeFaults(tree, entriesMax)) findings.add(finding);
  for (const { path, type, target } of names) {
    if (type === 'special') {
      const message = `${printable(path)} is neither file nor directory, but a device, a pipe or a socket.`;
      findings.add({ kind: 'hostile', file: path, message });
    }
    if (type !== 'symlink') continue;
    const why = hostileLink(path, target ?? '', 'symlink') ?? 'it is a link, which is not followed and not verified';
    const kind = hostileLink(path, target ?? '', 'symlink') === undefined ? 'suspect' : 'hostile';
    findings.add({ kind, file: path, message: `${printable(path)}: ${why}.` });
  }
  return findings.all();
}

/** A bag needs a payload manifest and a payload. */
function manifestFindings({ tree, files, missing, manifests }: BagEvidence): Finding[] {
  if (!manifests.some(({ isOfPayload }) => isOfPayload)) {
    return [{ kind: 'missing', file: '.', message: 'The bag has no payload manifest (manifest-ALGORITHM.txt).' }];
  }
  const hasPayload = files.some(({ isPayload }) => isPayload) || missing.some(({ isPayload }) => isPayload);
  if (hasPayload || tree.names.some(({ path }) => path.startsWith('data/'))) return [];
  const isThere = tree.names.some(({ path }) => path === 'data');
  const message = isThere ? 'The bag has no payload: data/ is empty.' : 'The bag has no payload: data/ is not there.';
  return [{ kind: isThere ? 'empty' : 'missing', file: 'data', message }];
}

function missingFiles({ missing, fetch }: BagEvidence): { elsewhere: Finding[]; gone: Attributed[] } {
  const toFetch = new Map(fetch.map((line) => [line.path, line] as const));
  const gone = missing.filter(({ path }) => !toFetch.has(path)).map(goneFile);
  const elsewhere = missing.filter(({ path }) => toFetch.has(path));
  const [first] = elsewhere;
  if (first === undefined) return { elsewhere: [], gone };
  const message = `The bag is incomplete: ${elsewhere.length} of its files are still to be fetched, the first is ${printable(first.path)}.`;
  const each = elsewhere.map(({ path }): Finding => {
    const url = printable(toFetch.get(path)?.url ?? '');
    return { kind: 'missing', file: path, message: `${printable(path)} is to be fetched from ${url}.` };
  });
  return { elsewhere: [withConsequences({ kind: 'missing', file: BAG_FETCH_FILE, message }, each)], gone };
}

function goneFile({ path, manifest }: MissingBagFile): Attributed {
  const what = `${printable(path)} is listed in ${printable(manifest)}, but is not there`;
  const finding: Finding = isSystemFile(path)
    ? { kind: 'suspect', file: path, message: `${what}; operating systems make and remove it by themselves.` }
    : { kind: 'missing', file: path, message: `${what}.` };
  return { finding, manifests: [manifest] };
}

/** RFC 8493 has every payload manifest list every payload file; before it one of them was enough. */
function unlistedFiles({ tree, files, manifests, declaration }: BagEvidence): Attributed[] {
  const listed = new Map(files.map((file) => [file.path, file.namedIn] as const));
  const payloadManifests = manifests.filter(({ isOfPayload }) => isOfPayload).map(({ file }) => file);
  const unlisted: Attributed[] = [];
  for (const { path, type } of tree.names) {
    if (type !== 'file' || !path.startsWith('data/')) continue;
    const silent = payloadManifests.filter((file) => listed.get(path)?.has(file) !== true);
    const [first] = silent;
    if (first === undefined) continue;
    const name = printable(path);
    if (silent.length === payloadManifests.length) {
      const message = `${name} is in the payload, but no manifest lists it.`;
      unlisted.push({ finding: { kind: 'unexpected', file: path, message }, manifests: silent });
    } else if (isOfRfc(declaration)) {
      const message = `${printable(first)} does not list ${name}; in a bag of version 1.0 every manifest lists every payload file.`;
      unlisted.push({ finding: { kind: 'corrupt', file: first, entry: path, message }, manifests: silent });
    }
  }
  return unlisted;
}

function fetchFindings({ fetch, files, missing }: BagEvidence): Finding[] {
  if (fetch.length === 0) return [];
  const sizes = new Map(files.map(({ path, sizeBytes }) => [path, sizeBytes] as const));
  const listed = new Set([
    ...files.flatMap(({ expected }) => expected.map(({ listedAs }) => listedAs)),
    ...missing.map(({ path }) => path),
  ]);
  return fetch.flatMap(({ path, sizeBytes }): Finding[] => {
    const name = printable(path);
    if (!listed.has(path) && !sizes.has(path)) {
      return [{ kind: 'corrupt', file: BAG_FETCH_FILE, message: `fetch.txt lists ${name}, which no manifest lists.` }];
    }
    const actual = sizes.get(path);
    if (sizeBytes === undefined || actual === undefined || sizeBytes === actual) return [];
    const message = `fetch.txt says that ${name} has ${sizeBytes} bytes; it has ${actual}.`;
    return [{ kind: 'suspect', file: path, expected: `${sizeBytes} bytes`, actual: `${actual} bytes`, message }];
  });
}

function oxumFinding({ oxum, tree }: BagEvidence): Finding | undefined {
  if (oxum === undefined) return undefined;
  const { file, said } = oxum;
  if (said === 'broken') {
    const message = `The Payload-Oxum of ${file} is not a number of bytes, a dot and a number of files.`;
    return { kind: 'suspect', file, message };
  }
  const payload = tree.names.filter(({ path, type }) => type === 'file' && path.startsWith('data/'));
  const sizeBytes = payload.reduce((sum, name) => sum + name.sizeBytes, 0);
  if (said.sizeBytes === sizeBytes && said.fileCount === payload.length) return undefined;
  const expected = `${said.sizeBytes} bytes in ${said.fileCount} files`;
  const actual = `${sizeBytes} bytes in ${payload.length} files`;
  const message = `${file} counts ${expected} in the payload; there are ${actual}.`;
  return { kind: 'altered', file, expected, actual, message };
}
