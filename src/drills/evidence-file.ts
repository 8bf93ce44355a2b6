import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { unpackFile } from '../backups/unpack/unpack-file.ts';
import { AppError } from '../kernel/errors.ts';
import { DEFAULT_LIMITS } from '../verification/limits.ts';
import { BUNDLE_FILES, type BundledEvidence, bundledText } from './bundle.ts';
import { fileListProblems } from './bundle-files.ts';
import { evidenceProblems } from './evidence.ts';
import { type DrillReport, reportOf } from './report.ts';

/** A bundle holds five small files; whatever is larger is something else. */
const FILES_MAX = 20;
const BYTES_MAX = 256 * 1024 ** 2;

const evidenceSchema = z.strictObject({
  reportSha256: z.string(),
  statement: z.string(),
  evidenceSha256: z.string(),
  previousSha256: z.string().nullable(),
  signature: z.string(),
  keyId: z.string(),
  publicKey: z.string(),
  files: z.strictObject({ statement: z.string(), signature: z.string() }),
});

/** What a bundle of evidence is worth. */
export interface EvidenceCheck {
  /** What does not fit together, or was not signed; empty is good. */
  readonly problems: readonly string[];
  /** Whose signature it was held against: a key that was given, or only the one that it brings along. */
  readonly heldAgainst: 'trusted key' | 'its own key';
  readonly evidence: BundledEvidence | undefined;
  readonly report: DrillReport | undefined;
}

/**
 * Checks the evidence of a drill run as a file, without a database and without a network: every file of the bundle against the
 * signed statement, and the signature against a key.
 * @param trusted the key of the installation that made it, from elsewhere; without it only its fitting together is shown, which
 *   whoever forges it can bring about.
 * @throws AppError `unprocessable` `no-evidence` for a file that is no bundle; as `unpackFile` for one that is damaged or
 *   hostile.
 */
export async function checkEvidenceFile(file: string, trusted: KeyObject | undefined): Promise<EvidenceCheck> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-evidence-'));
  try {
    const { isArchive } = await unpackFile({
      ...{
        directory: dirname(file),
        file: basename(file),
        target: directory,
        plainName: basename(file),
        isTree: false,
      },
      ...{ entries: undefined, decodedBytes: undefined, identityText: undefined },
      limits: { ...DEFAULT_LIMITS, entriesMax: FILES_MAX, expansionFreeBytes: BYTES_MAX },
    });
    if (!isArchive) throw noEvidence('it is no zip');
    return await checkUnpacked(directory, trusted);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function checkUnpacked(directory: string, trusted: KeyObject | undefined): Promise<EvidenceCheck> {
  const names = (await readdir(directory)).sort();
  const contents = await Promise.all(names.map((name) => readFile(join(directory, name))));
  const { [BUNDLE_FILES.evidence]: evidenceBytes, ...files } = Object.fromEntries(
    names.map((name, index) => [name, contents[index] ?? Buffer.alloc(0)]),
  );
  const reportBytes = files[BUNDLE_FILES.report];
  if (!evidenceBytes || !reportBytes) {
    throw noEvidence(`${BUNDLE_FILES.report} and ${BUNDLE_FILES.evidence} belong into it`);
  }
  const heldAgainst = trusted ? 'trusted key' : 'its own key';
  const stated = evidenceOf(evidenceBytes.toString('utf8'));
  const publicKey = trusted ?? (stated && publicKeyOf(stated.publicKey));
  if (!stated || !publicKey) {
    const problems = [`${BUNDLE_FILES.evidence} is not as Muster writes it`];
    return { problems, heldAgainst, evidence: undefined, report: undefined };
  }
  const { files: list, ...rest } = stated;
  const report = reportOf(reportBytes.toString('utf8'));
  const problems = [
    ...evidenceProblems({ ...rest, report: reportBytes.toString('utf8') }, pemOf(publicKey)),
    ...(pemOf(publicKey) === stated.publicKey ? [] : ['the public key that it brings along is another one']),
    ...fileListProblems(list, stated.evidenceSha256, files, publicKey),
    ...(report ? definitionProblems(report, stated.statement) : [`${BUNDLE_FILES.report} cannot be read`]),
  ];
  return { problems, heldAgainst, evidence: stated, report };
}

/** What `evidence.json` says, if it is one, byte for byte as it is written. */
function evidenceOf(text: string): BundledEvidence | undefined {
  try {
    const evidence = evidenceSchema.parse(JSON.parse(text));
    return bundledText(evidence) === text ? evidence : undefined;
  } catch {
    return undefined;
  }
}

function publicKeyOf(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

/** The definition is in the report, word for word; the statement names its digest. */
function definitionProblems({ definition }: DrillReport, statement: string): string[] {
  const signed = (JSON.parse(statement) as { definitionSha256?: string }).definitionSha256;
  const actual = definition === null ? undefined : createHash('sha256').update(definition.text).digest('hex');
  return actual === signed ? [] : ['the definition in the report is not the one that was signed'];
}

function noEvidence(why: string): AppError {
  return new AppError('unprocessable', 'no-evidence', `This is no evidence of a drill run: ${why}`);
}
