import { buffer } from 'node:stream/consumers';
import { ZipArchive } from 'archiver';
import type { Evidence } from './evidence.ts';
import { reportSchema } from './report.ts';
import { reportHtml } from './report-html.ts';

const README = `This bundle is the evidence of one restore drill.

report.json      what was recorded; the file that is signed
report.html      the same for people
definition.yaml  the drill's definition as it stood when the run began
evidence.json    digests, the hash of the evidence before it, the signature and the public key

To check it without Muster: the SHA-256 of report.json must be reportSha256 in the statement; the SHA-256 of the
statement must be evidenceSha256; and the signature must be the Ed25519 signature, by a key that you trust for other
reasons than this file, of the bytes "muster-evidence/1", a line feed, and the statement.
`;

/** The evidence of a run as a zip, complete in itself. The same evidence makes the same bytes. */
export async function evidenceBundle(evidence: Evidence): Promise<Buffer> {
  const report = reportSchema.parse(JSON.parse(evidence.report));
  const { report: _, ...rest } = evidence;
  const date = new Date(report.run.finishedAt ?? report.run.triggeredAt);
  const archive = new ZipArchive();
  const packed = buffer(archive);
  const add = (name: string, text: string) => archive.append(Buffer.from(text, 'utf8'), { name, date, mode: 0o600 });
  add('README.txt', README);
  add('report.json', evidence.report);
  add('report.html', reportHtml(report, evidence));
  if (report.definition !== null) add('definition.yaml', report.definition.text);
  add('evidence.json', `${JSON.stringify(rest, null, 2)}\n`);
  await archive.finalize();
  return packed;
}
