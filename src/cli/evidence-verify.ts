import { resolve } from 'node:path';
import { checkEvidenceFile, type EvidenceCheck } from '../drills/evidence-file.ts';
import { formatSeconds } from '../kernel/units.ts';
import { printable } from '../verification/finding.ts';
import { EXIT, type StandaloneContext } from './command.ts';
import { pairs } from './output.ts';
import { requireFile } from './passphrase-file.ts';
import { readPublicKey } from './signing-key-file.ts';

/** As commander hands them over. */
export interface EvidenceOptions {
  readonly publicKey?: string;
  readonly json?: boolean;
}

/** Says whether a bundle of evidence is as it was signed, and what it says. */
export async function verifyEvidence(
  { output }: StandaloneContext,
  name: string,
  { publicKey }: EvidenceOptions,
): Promise<number> {
  requireFile('FILE', name);
  const key = publicKey === undefined ? undefined : await readPublicKey('--public-key', publicKey);
  const check = await checkEvidenceFile(resolve(name), key);
  output.answer(answerOf(name, check), linesOf);
  if (check.problems.length > 0) return EXIT.failed;
  return key === undefined ? EXIT.unverifiable : EXIT.ok;
}

function answerOf(file: string, { problems, heldAgainst, evidence, report }: EvidenceCheck) {
  return {
    file,
    verdict: problems.length > 0 ? ('altered' as const) : ('as signed' as const),
    heldAgainst,
    problems: [...problems],
    keyId: evidence?.keyId ?? null,
    evidenceSha256: evidence?.evidenceSha256 ?? null,
    previousSha256: evidence?.previousSha256 ?? null,
    run: report && {
      ...report.run,
      verdicts: report.verdicts,
      technicalRtaSeconds: report.headline.technicalRtaSeconds,
    },
  };
}

function linesOf({ file, verdict, heldAgainst, problems, run, ...rest }: ReturnType<typeof answerOf>): string[] {
  const rta = run?.technicalRtaSeconds ?? null;
  return pairs([
    ['Evidence', `${printable(file)}: ${verdict}`],
    ...problems.map((problem) => ['Problem', problem] as const),
    [
      'Held against',
      heldAgainst === 'its own key' ? 'the key that it brings along: give --public-key' : `key ${rest.keyId}`,
    ],
    ['Drill', run && printable(`${run.drill} for ${run.service}, triggered ${run.triggeredAt}: ${run.status}`)],
    ['Procedure', run && printable(`${run.verdicts.procedure.outcome}: ${run.verdicts.procedure.reason}`)],
    ['Availability', run && printable(`${run.verdicts.availability.outcome}: ${run.verdicts.availability.reason}`)],
    ['Technical RTA', rta === null ? undefined : formatSeconds(rta)],
    ['SHA-256', rest.evidenceSha256 ?? undefined],
    ['After', rest.previousSha256 ?? undefined],
  ]);
}
