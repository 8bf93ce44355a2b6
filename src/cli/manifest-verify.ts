import type { KeyObject } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { formatBytes, formatSeconds } from '../kernel/units.ts';
import type { ReadDigestList } from '../verification/digest-list.ts';
import { type Finding, printable, type Verdict, verdictOf, worstFirst } from '../verification/finding.ts';
import { DEFAULT_LIMITS } from '../verification/limits.ts';
import { verifyDocument } from '../verification/signed-document.ts';
import { type TreeCheck, verifyTree } from '../verification/tree-verify.ts';
import { type StandaloneContext, statusOfVerdict } from './command.ts';
import { interruptible, readManifestFile } from './manifest-files.ts';
import { pairs } from './output.ts';
import { createReadingMeter } from './progress-meter.ts';
import { readPublicKey } from './signing-key-file.ts';

/** As commander hands them over. */
export interface VerifyOptions {
  readonly publicKey?: string;
  readonly root?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Compares a directory with the list of it. */
export async function verifyManifestFile(
  { output }: StandaloneContext,
  name: string,
  options: VerifyOptions,
): Promise<number> {
  const key = options.publicKey === undefined ? undefined : await readPublicKey('--public-key', options.publicKey);
  const file = resolve(name);
  const root = await directoryOf(options.root ?? dirname(file));
  const startedMs = systemClock.monotonicMs();
  const read = await readManifestFile(file);
  const silent = options.quiet === true || options.json === true;
  const onProgress = createReadingMeter(output, systemClock, { label: 'reading', silent });
  const check = await interruptible((signal) => checkTree(read, file, root, { signal, onProgress }));
  const signature = signatureOf(read, key, basename(file));
  const findings = worstFirst([...(signature.finding === undefined ? [] : [signature.finding]), ...check.findings]);
  const verdict = verdictOf(findings, check.checkedCount);
  const { checkedCount, filesRead, bytesRead, mtimeDifferences } = check;
  const report: Report = {
    manifest: file,
    root,
    verdict,
    signature: signature.text,
    checked: checkedCount,
    files: filesRead,
    bytes: bytesRead,
    mtimeDifferences,
    seconds: (systemClock.monotonicMs() - startedMs) / 1000,
    findings,
  };
  output.answer(report, linesOf);
  return statusOfVerdict(verdict);
}

interface Report {
  readonly manifest: string;
  readonly root: string;
  readonly verdict: Verdict;
  readonly signature: string;
  /** Names that were there and compared. */
  readonly checked: number;
  readonly files: number;
  readonly bytes: number;
  readonly mtimeDifferences: number;
  readonly seconds: number;
  readonly findings: readonly Finding[];
}

type Watch = { readonly signal: AbortSignal; readonly onProgress: (done: number, total: number) => void };

async function checkTree(read: ReadDigestList, file: string, root: string, watch: Watch): Promise<TreeCheck> {
  if (read.list === undefined) {
    return { findings: [read.finding], checkedCount: 0, filesRead: 0, bytesRead: 0, mtimeDifferences: 0 };
  }
  const own = relative(root, join(await realpath(dirname(file)), basename(file)));
  return verifyTree(root, read.list, { limits: DEFAULT_LIMITS, mayBeUnlisted: (path) => path === own, ...watch });
}

/** What can be said of the signature. Nobody asked for one who gave no key: then it is told, and not judged. */
function signatureOf(
  read: ReadDigestList,
  key: KeyObject | undefined,
  file: string,
): { text: string; finding?: Finding } {
  const document = read.list === undefined ? undefined : (read.treeManifest ?? read.manifest);
  if (document === undefined) return { text: 'not looked at' };
  const keyId = document.signature?.keyId;
  if (key === undefined) {
    const text = keyId === undefined ? 'none' : `by key ${keyId}, not checked: no --public-key was given`;
    return { text };
  }
  const finding = verifyDocument(document, [key], file);
  if (finding !== undefined) return { text: finding.kind === 'unsigned' ? 'none' : 'does not hold', finding };
  return { text: `good, by key ${keyId}` };
}

async function directoryOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return realpath(path);
  throw new AppError('usage', 'no-such-directory', `There is no directory ${printable(path)}`);
}

function linesOf(report: Report): string[] {
  const { verdict, files, bytes, seconds, checked, mtimeDifferences, findings } = report;
  return [
    ...pairs([
      ['Verdict', verdict],
      ['Checked', `${checked} names; ${files} files read, ${formatBytes(bytes)} in ${formatSeconds(seconds)}`],
      ['Signature', report.signature],
      ['Times', mtimeDifferences === 0 ? undefined : `${mtimeDifferences} names have another modification time only`],
    ]),
    ...findings.flatMap(({ kind, message, expected, actual, consequences = [] }) => [
      `FOUND  ${kind}: ${message}${expected === undefined || actual === undefined ? '' : ` (${expected}, now ${actual})`}`,
      ...consequences.map((consequence) => `         so ${consequence.kind}: ${consequence.message}`),
    ]),
  ];
}
