import { Temporal } from 'temporal-polyfill';
import { alertById, namesAroundAlerts } from '../alerts/alert.queries.ts';
import { viewOfAlert } from '../alerts/alert.views.ts';
import { acknowledgeAlert } from '../alerts/alert-act.service.ts';
import { acknowledgementSchema } from '../alerts/alert-act.ts';
import { suppressAlerts } from '../alerts/suppression.service.ts';
import { newSilenceSchema } from '../alerts/suppression.ts';
import type { Caller } from '../auth/caller.ts';
import type { Queryable } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { AppError } from '../kernel/errors.ts';
import { optionsAs } from './arguments.ts';
import { type CommandContext, EXIT } from './command.ts';
import { permittedCaller } from './command-caller.ts';
import { alertRuleNamed, serviceNamed } from './named.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface AcknowledgeOptions {
  readonly by: string;
  readonly remindIn: number;
  readonly note?: string;
}

export interface SilenceOptions {
  readonly by: string;
  readonly for: number;
  readonly reason: string;
  readonly rule?: string;
  readonly service?: string;
  readonly key?: string;
}

/** Takes an alert on, as it is now. */
export async function acknowledgeHere(
  context: CommandContext,
  id: string,
  { by, remindIn, note }: AcknowledgeOptions,
): Promise<number> {
  const acknowledgement = optionsAs(acknowledgementSchema, { note, remindAfterSeconds: remindIn * 60 });
  const taken = await withRuntime(context, { writes: true }, async ({ db }) => {
    const caller = await operatorNamed(db, by);
    return db.transaction(async (tx) => {
      const { version: expectedVersion } = await alertById(tx, id);
      const alert = await acknowledgeAlert(tx, caller, { id, expectedVersion }, acknowledgement);
      return { alert: viewOfAlert(alert, await namesAroundAlerts(tx, [alert])), by: caller.principal.name };
    });
  });
  context.output.answer(taken.alert, ({ rule, subject, acknowledged }) => [
    `${rule.name}: ${subject.name}: taken on by ${taken.by}, told again at ${acknowledged?.remindAt} if it is still open`,
  ]);
  return EXIT.ok;
}

/** Lets nobody be told of what matches, from now on. */
export async function silenceHere(context: CommandContext, options: SilenceOptions): Promise<number> {
  const { by, for: minutes, reason, rule, service, key } = options;
  if ((rule ?? service ?? key) === undefined) {
    throw new AppError('usage', 'bad-options', 'Say what to silence: --rule, --service or --key');
  }
  const made = await withRuntime(context, { writes: true }, async ({ db }) => {
    const caller = await operatorNamed(db, by);
    const ruleId = rule === undefined ? undefined : (await alertRuleNamed(db, rule)).id;
    const serviceId = service === undefined ? undefined : (await serviceNamed(db, service)).id;
    return db.transaction(async (tx) => {
      const now = Temporal.Instant.fromEpochMilliseconds(await databaseNowMs(tx));
      const endsAt = now.add({ minutes }).toString();
      const silence = optionsAs(newSilenceSchema, { ruleId, serviceId, key, reason, endsAt });
      return suppressAlerts(tx, caller, 'silence', silence);
    });
  });
  context.output.answer(made, ({ id, endsAt }) => [`Silenced until ${endsAt} (${id})`]);
  return EXIT.ok;
}

const operatorNamed = (db: Queryable, name: string): Promise<Caller> =>
  permittedCaller(db, name, 'alert.operate', 'work on alerts');
