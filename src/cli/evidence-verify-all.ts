import { auditKeysOf } from '../audit/audit-keys.ts';
import { verifyAudit } from '../audit/audit-verification.ts';
import { type ChainReport, verifyEvidenceChain } from '../drills/evidence-chain.ts';
import { EXIT, type StandaloneContext } from './command.ts';
import type { EvidenceOptions } from './evidence-verify.ts';
import { pairs } from './output.ts';
import { createRatedMeter } from './progress-meter.ts';
import { readPublicKey } from './signing-key-file.ts';
import { withRuntime } from './with-runtime.ts';

/**
 * Checks the evidence of all runs in the database, and the audit trail that names it.
 * @returns the exit status: 0 only when evidence was checked and nothing was found.
 */
export async function verifyAllEvidence(
  { output, readConfig }: StandaloneContext,
  { publicKey: file }: EvidenceOptions,
): Promise<number> {
  const given = file === undefined ? undefined : await readPublicKey('--public-key', file);
  const config = await readConfig();
  const report = await withRuntime({ config, output }, { writes: false }, (runtime, stopped) => {
    const { db, keyring, directories, clock } = runtime;
    const show = createRatedMeter(output, clock);
    return verifyEvidenceChain({
      db,
      publicKey: given ?? keyring.publicKey,
      verifyTrail: (signal) =>
        verifyAudit({
          ...{ db, keys: auditKeysOf(keyring), anchorDirectory: directories.anchors, signal },
          onProgress: (done, total) => show({ label: `${done} of ${total} seals checked` }),
        }),
      onProgress: (runs) => show({ label: `the evidence of ${runs} runs checked` }),
      signal: stopped,
    });
  });
  output.answer(report, linesOf);
  return report.sound ? EXIT.ok : EXIT.failed;
}

function linesOf(report: ChainReport): string[] {
  const { trail, findings, findingsOmitted } = report;
  return [
    ...pairs([
      ['Verdict', verdictOf(report)],
      ['Runs', String(report.runs)],
      ['Newest', report.headSha256 ?? undefined],
      [
        'Audit trail',
        trail.sound
          ? `sound, ${trail.entries} entries`
          : `NOT sound, ${trail.findings} found: see muster audit verify; what it says of the evidence proves nothing`,
      ],
    ]),
    ...findings.map(({ kind, message }) => `FOUND  ${kind}: ${message}`),
    ...(findingsOmitted > 0 ? [`FOUND  and ${findingsOmitted} more`] : []),
  ];
}

function verdictOf({ sound, runs, trail, findings, findingsOmitted }: ChainReport): string {
  if (sound) return 'sound';
  const counted = findings.length + findingsOmitted;
  if (counted > 0) return `NOT sound: ${counted} found`;
  return trail.sound && runs === 0
    ? 'nothing could be checked: no run has evidence yet'
    : 'NOT sound: the audit trail is not';
}
