import { openDrills } from '../composition/drill-definitions.ts';
import { pastRunsOfDrill } from '../drills/history.queries.ts';
import { RUNS_ENOUGH } from '../drills/history.ts';
import { drillHistoryView } from '../drills/history.views.ts';
import { formatSeconds } from '../kernel/units.ts';
import { unknownName } from './arguments.ts';
import { type CommandContext, EXIT } from './command.ts';
import { table } from './output.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface HistoryOptions {
  readonly last: number;
  readonly json?: boolean;
}

type Answer = ReturnType<typeof drillHistoryView>;

/** Shows how the times of a drill have gone. */
export async function drillHistory(context: CommandContext, drill: string, { last }: HistoryOptions): Promise<number> {
  const runs = await withRuntime(context, { writes: false }, ({ db }) => pastRunsOfDrill(db, drill, last));
  // A drill whose file is gone keeps its history.
  const known = runs.length > 0 ? [drill] : (await openDrills()).current().map(({ name }) => name);
  if (!known.includes(drill)) throw unknownName('drill', drill, known);
  context.output.answer(drillHistoryView(drill, runs), linesOf);
  return EXIT.ok;
}

function linesOf(history: Answer): string[] {
  const { runs, passed, failed, notAssessed, successRate, technicalRta, phases, series } = history;
  if (runs === 0) return [`${history.drill}: no full run has ended`];
  const rate = successRate === null ? 'no verdict' : `${Math.round(successRate * 100)} %`;
  const measured = [
    { name: 'technical RTA', ...technicalRta },
    ...phases.map(({ phase, ...rest }) => ({ name: phase, ...rest })),
  ];
  return [
    `${history.drill}: ${passed} passed, ${failed} failed, ${notAssessed} without a verdict; success rate ${rate}`,
    ...table(
      ['what', 'n', 'p50', 'p90', 'max', ''],
      measured
        .filter(({ count }) => count > 0)
        .map(({ name, count, tooFew, p50Seconds, p90Seconds, maxSeconds }) => [
          ...[name, String(count), timeOf(p50Seconds), timeOf(p90Seconds), timeOf(maxSeconds)],
          tooFew ? `too few runs: below ${RUNS_ENOUGH}` : '',
        ]),
      'nothing was measured',
    ),
    ...table(
      ['triggered', 'run', 'status', 'procedure', 'technical RTA'],
      series.map((run) => [
        ...[`${run.triggeredAt.slice(0, 16).replace('T', ' ')} UTC`, run.id, run.status, run.procedure],
        timeOf(run.technicalRtaSeconds),
      ]),
      'no runs',
    ),
  ];
}

function timeOf(seconds: number | null): string {
  return seconds === null ? 'not measured' : formatSeconds(seconds);
}
