import type { KeyObject } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { ZipArchive } from 'archiver';
import { type FileList, signedFileList } from './bundle-files.ts';
import type { Evidence } from './evidence.ts';
import { reportSchema } from './report.ts';
import { reportHtml } from './report-html.ts';

/** The files of a bundle. */
export const BUNDLE_FILES = {
  readme: 'README.txt',
  report: 'report.json',
  page: 'report.html',
  definition: 'definition.yaml',
  evidence: 'evidence.json',
} as const;

const README = `This bundle is the evidence of one restore drill.

report.json      what was recorded; the file that is signed
report.html      the same for people
definition.yaml  the drill's definition as it stood when the run began
evidence.json    digests, the hash of the evidence before it, the signature and the public key; and the digests of the
                 other files of this bundle, signed with the same key when it was handed out

To check it with Muster, anywhere: muster evidence verify FILE --public-key KEY.pem

To check it without Muster: the SHA-256 of report.json must be reportSha256 in the statement; the SHA-256 of the
statement must be evidenceSha256; and the signature must be the Ed25519 signature, by a key that you trust for other
reasons than this file, of the bytes "muster-evidence/1", a line feed, and the statement.
`;

/** What `evidence.json` holds. */
export type BundledEvidence = Omit<Evidence, 'report'> & { readonly files: FileList };

/** The text of `evidence.json`. */
export function bundledText(evidence: BundledEvidence): string {
  return `${JSON.stringify(evidence, null, 2)}\n`;
}

/** The evidence of a run as a zip, complete in itself. The same evidence makes the same bytes. */
export async function evidenceBundle(evidence: Evidence, signingKey: KeyObject): Promise<Buffer> {
  const report = reportSchema.parse(JSON.parse(evidence.report));
  const { report: _, ...rest } = evidence;
  const date = new Date(report.run.finishedAt ?? report.run.triggeredAt);
  const archive = new ZipArchive();
  const packed = buffer(archive);
  const files: Record<string, string> = {
    [BUNDLE_FILES.readme]: README,
    [BUNDLE_FILES.report]: evidence.report,
    [BUNDLE_FILES.page]: reportHtml(report, evidence),
    ...(report.definition === null ? {} : { [BUNDLE_FILES.definition]: report.definition.text }),
  };
  const list = signedFileList(evidence.evidenceSha256, files, signingKey);
  files[BUNDLE_FILES.evidence] = bundledText({ ...rest, files: list });
  for (const [name, text] of Object.entries(files)) {
    archive.append(Buffer.from(text, 'utf8'), { name, date, mode: 0o600 });
  }
  await archive.finalize();
  return packed;
}
