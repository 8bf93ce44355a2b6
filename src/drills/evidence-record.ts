import { isDeepStrictEqual } from 'node:util';
import { expectsDamage } from './definition-damage.ts';
import { readDefinition } from './definition-file.ts';
import type { PhaseRecord } from './phase.ts';
import type { DrillReport } from './report.ts';
import {
  cleanupPart,
  definitionPart,
  phasePart,
  pointPart,
  runPart,
  targetPart,
  verdictsPart,
} from './report-build.ts';
import type { DrillCheck, DrillRun, TargetResult } from './run.ts';

/** The rows of a run that lists, proofs and histories are made from. */
export interface RecordedRun {
  readonly run: DrillRun;
  readonly variedParameters: readonly string[];
  readonly targets: readonly TargetResult[];
  readonly phases: readonly PhaseRecord[];
  readonly checks: readonly DrillCheck[];
}

/**
 * What of a run's rows is not as its signed report has it, each named as in the report (`run.status`, `targets`); none is good.
 * The report is the measure: it was signed. Left out is what may change after the end of a run (its clean-up until that is done,
 * its actions), and what only the report is read for (log, steps, holdings, confirmations).
 */
export function recordDifferences(report: DrillReport, recorded: RecordedRun): string[] {
  const signed = named(signedParts(report, recorded.run));
  const present = named(recordedParts(recorded));
  return [...new Set([...signed.keys(), ...present.keys()])].filter(
    (name) => !isDeepStrictEqual(signed.get(name), present.get(name)),
  );
}

type Parts = Readonly<Record<string, unknown>>;

function signedParts(report: DrillReport, row: DrillRun): Parts {
  const { title: _title, ...run } = report.run;
  const isFinal = report.cleanup.status === 'done' || report.cleanup.status === 'not needed';
  return {
    run,
    verdicts: report.verdicts,
    technicalRtaSeconds: report.headline.technicalRtaSeconds,
    validation: report.validation.status,
    cleanup: isFinal ? report.cleanup : cleanupPart(row),
    policy: report.policy && { version: report.policy.version, example: report.policy.example },
    severity: report.policy?.severity ?? null,
    targets: report.targets,
    recoveryPoint: report.recoveryPoint,
    phases: report.phases,
    checks: report.checks,
    lost: report.lost,
    findings: report.findings,
    warnings: report.warnings,
    definition: report.definition,
    variedParameters: report.parameters.filter(({ isVaried }) => isVaried).map(({ name }) => name),
    expectsDamage: damageIsExpected(report),
  };
}

function recordedParts({ run, variedParameters, targets, phases, checks }: RecordedRun): Parts {
  const { title: _title, ...runRow } = runPart(run, '');
  return {
    run: runRow,
    verdicts: verdictsPart(run),
    technicalRtaSeconds: run.technicalRtaSeconds,
    validation: run.validation,
    cleanup: cleanupPart(run),
    policy: run.policyVersion === null ? null : { version: run.policyVersion, example: run.policyExample ?? false },
    severity: run.severity,
    targets: targets.map(targetPart),
    recoveryPoint: pointPart(run),
    phases: phases.map(phasePart),
    checks,
    lost: run.lost,
    findings: run.findings,
    warnings: run.warnings,
    definition: definitionPart(run),
    variedParameters,
    expectsDamage: run.expectsDamage,
  };
}

/** As the signed definition says; a run without one never got so far. */
function damageIsExpected({ run, definition, parameters }: DrillReport): boolean {
  if (definition === null) return false;
  const given = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
  const read = readDefinition(run.drill, Buffer.from(definition.text), given).definition;
  return read !== undefined && expectsDamage(read);
}

/** The parts, those that are objects taken apart once, as JSON keeps them. */
function named(parts: Parts): Map<string, unknown> {
  const kept = JSON.parse(JSON.stringify(parts)) as Parts;
  return new Map(
    Object.entries(kept).flatMap(([name, value]) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.entries(value).map(([key, one]) => [`${name}.${key}`, one] as const)
        : [[name, value] as const],
    ),
  );
}
