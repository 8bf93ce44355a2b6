import { writeFile } from 'node:fs/promises';
import type { Builder } from 'junit-report-builder';
import type { CheckRun } from '../backups/backup-catalogue.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { escaped } from '../verification/finding.ts';

/** The check of one recovery point, as a pipeline reads it. */
export interface CheckedCase {
  readonly point: string;
  /** Undefined: it could not be carried out. */
  readonly check: CheckRun | undefined;
  /** Why not. */
  readonly failure: string | undefined;
}

/**
 * Writes a check run as JUnit XML, which every build server shows: a suite for the set, a case for each recovery point; one that is
 * not sound fails with its findings, one that could not be checked is an error.
 * @throws AppError `unavailable` `junit-not-written`.
 */
export async function writeJunitReport(file: string, set: string, cases: readonly CheckedCase[]): Promise<void> {
  // Its types say that the builder is a member of what its module really is.
  const reports = (await import('junit-report-builder')).default as unknown as Builder;
  const builder = reports.newBuilder();
  const suite = builder.testSuite().name(set);
  for (const { point, check, failure } of cases) {
    const test = suite.testCase().className(set).name(shown(point)).time(secondsOf(check));
    const verdict = check?.verdict;
    if (verdict === undefined) test.error(shown(failure ?? 'the check was not carried out'), 'not-checked');
    else if (verdict !== 'sound') {
      const findings = check?.findings ?? [];
      test.failure(shown(findings[0]?.message ?? `it is ${verdict}`), verdict);
      test.standardOutput(
        findings.map(({ kind, file: where, message }) => shown(`${kind} in ${where}: ${message}`)).join('\n'),
      );
    }
  }
  try {
    await writeFile(file, builder.build());
  } catch (thrown) {
    throw new AppError('unavailable', 'junit-not-written', `${file} could not be written: ${messageOf(thrown)}`);
  }
}

/** XML has no control characters, not even escaped ones. */
function shown(text: string): string {
  return escaped(text.toWellFormed());
}

function secondsOf(check: CheckRun | undefined): number {
  if (check?.finishedAt === undefined) return 0;
  return check.finishedAt.since(check.startedAt).total('seconds');
}
