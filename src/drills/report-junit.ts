import type { Builder, TestCase, TestSuite } from 'junit-report-builder';
import { escaped } from '../verification/finding.ts';
import type { DrillReport } from './report.ts';

/**
 * A run's report as JUnit XML, which every build server shows. A suite each for the verdicts, the targets, the spares and seats,
 * the preflight, the steps (those of a group in one of its own, with its time), and the checks of the validation. What was not measured, not assessed or not compared is skipped,
 * never passed; a required target that was not measured has failed.
 */
export async function junitOf(report: DrillReport): Promise<string> {
  // Its types say that the builder is a member of what its module really is.
  const reports = (await import('junit-report-builder')).default as unknown as Builder;
  const builder = reports.newBuilder();
  const { run, verdicts, cleanup } = report;
  const suiteOf = (what: string) =>
    builder
      .testSuite()
      .name(shown(`${run.drill}: ${what}`))
      .timestamp(run.triggeredAt);
  const add = (suite: TestSuite, name: string): TestCase =>
    suite.testCase().className(shown(run.drill)).name(shown(name));

  const verdictSuite = suiteOf('verdicts');
  for (const name of ['procedure', 'availability'] as const) {
    const { outcome, reason } = verdicts[name];
    const test = add(verdictSuite, name);
    if (name === 'procedure') test.time(report.headline.technicalRtaSeconds ?? 0);
    if (outcome === 'not assessed') skip(test, reason);
    else if (outcome !== 'passed') test.failure(shown(reason), outcome);
  }
  const cleaned = add(verdictSuite, 'clean-up');
  if (cleanup.status === 'failed' || cleanup.status === 'pending') {
    cleaned.failure(shown(cleanup.reason ?? 'something was left behind'), cleanup.status);
  } else if (cleanup.status === 'kept') skip(cleaned, cleanup.reason ?? cleanup.status);

  const targetSuite = suiteOf('targets');
  for (const { target, targetSeconds, actualSeconds, result, required, note } of report.targets) {
    const test = add(targetSuite, target).time(actualSeconds ?? 0);
    const said = actualSeconds === null ? (note ?? 'not measured') : `${actualSeconds} s against ${targetSeconds} s`;
    if (result === 'missed' || (required && result !== 'met')) test.failure(shown(said), result);
    else if (result === 'not measured') skip(test, said);
  }

  const holdingSuite = suiteOf('spares and seats');
  for (const { wanted, thing, state, note } of report.holdings) {
    const test = add(holdingSuite, thing ?? wanted);
    if (state === 'not held') skip(test, 'not everything was there');
    else if (state !== 'held' && state !== 'released') test.failure(shown(note ?? state), state);
  }

  addSteps(report, suiteOf, add);
  addChecks(report, suiteOf, add);
  return builder.build();
}

type SuiteOf = (what: string) => TestSuite;
type Add = (suite: TestSuite, name: string) => TestCase;

function addChecks(report: DrillReport, suiteOf: SuiteOf, add: Add): void {
  const checkSuite = suiteOf('validation');
  for (const { kind, subject, expected, actual, result } of report.checks) {
    const test = add(checkSuite, `${kind} ${subject}`);
    if (result === 'not compared') skip(test, expected);
    else if (result === 'failed') test.failure(shown(`${actual}, expected ${expected}`), kind);
  }
}

/** What had to be so before, and every try of every step: one that failed is a failure, whether or not the run went on. */
function addSteps(report: DrillReport, suiteOf: SuiteOf, add: Add): void {
  const preflightSuite = suiteOf('preflight');
  for (const { name, expected, actual, result } of report.preflight) {
    const test = add(preflightSuite, name);
    if (result === 'failed') test.failure(shown(`${actual}, expected ${expected}`), 'preflight');
  }

  const stepSuite = suiteOf('steps');
  const groups = report.groups.map((group) => {
    const suite = suiteOf(`steps: ${group.title}`);
    if (group.outcome === 'not reached') skip(add(suite, group.title), 'none of its steps was carried out');
    return { group, suite: group.seconds === null ? suite : suite.time(group.seconds) };
  });
  for (const { position, step, attempt, outcome, seconds, detail } of report.steps) {
    const suite = groups.find(({ group }) => group.positions.includes(position))?.suite ?? stepSuite;
    const test = add(suite, attempt === 1 ? step : `${step}, attempt ${attempt}`).time(seconds ?? 0);
    if (outcome === 'retried') skip(test, `failed, and was tried again: ${detail}`);
    else if (outcome === 'interrupted') skip(test, detail ?? outcome);
    else if (outcome !== 'done') test.failure(shown(detail ?? outcome), outcome);
  }
}

/** The format has no place for the reason of a skipped case but its output. */
function skip(test: TestCase, reason: string): void {
  test.skipped();
  test.standardOutput(shown(reason));
}

/** XML has no control characters, not even escaped ones. */
function shown(text: string): string {
  return escaped(text.toWellFormed());
}
