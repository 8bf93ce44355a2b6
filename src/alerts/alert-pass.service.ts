import { SYSTEM_ACTOR } from '../audit/entry.ts';
import type { Database, Tx } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import type { Signal, SignalReading } from '../signals/signal.ts';
import { openAlertsOf } from './alert.queries.ts';
import { applyChanges } from './alert.store.ts';
import { type Judgement, judgeReadings, type Remembered } from './alert-judgement.ts';
import type { KeyState } from './alert-machine.ts';
import { type RuleToJudge, rulesToJudge } from './alert-rule.queries.ts';
import type { AlertRule } from './alert-rule.ts';
import { beginPass, noteValues, statesOf, writeStates } from './alert-state.store.ts';
import { pushedSignal } from './pushed.store.ts';
import { suppressionsAt } from './suppression.queries.ts';

/** Alerts of one rule that a pass opens or changes: what is more follows in the passes after it, the most urgent first. */
const CHANGES_MAX = 1000;

/** What rules name pushed series with, before their name. */
const PUSHED = 'push:';

/** What a pass works with. */
export interface AlertPassDeps {
  readonly db: Database;
  readonly log: Logger;
  /** The signals of Muster itself. */
  readonly signals: readonly Signal[];
  /** The instant that readings are of, in milliseconds since 1970: the database's clock, unless stated. */
  readonly clock?: () => Promise<number>;
}

/** What a pass did. */
export interface AlertPass {
  readonly rules: number;
  readonly readings: number;
  readonly changes: number;
  /** Changes that were left for the next pass. */
  readonly deferred: number;
  /** Signals of which nothing could be read, and rules that could not be judged. */
  readonly failed: number;
}

const nowOf = ({ db, clock = () => databaseNowMs(db) }: AlertPassDeps) => clock();

/** Whether all rules over a signal have judged readings that are new enough for it. */
async function isFresh(deps: AlertPassDeps, name: string, rules: readonly RuleToJudge[]): Promise<boolean> {
  const everySeconds = deps.signals.find((one) => one.name === name)?.everySeconds;
  if (everySeconds === undefined) return false;
  const sinceMs = (await nowOf(deps)) - everySeconds * 1000;
  return rules.every((rule) => isInUse(rule) && (rule.readAtMs ?? Number.NEGATIVE_INFINITY) > sinceMs);
}

const isInUse = ({ enabled, retired }: AlertRule) => enabled && retired === null;

/** What was read of a signal, and when by the database's clock. */
interface Read {
  readonly readings: readonly SignalReading[];
  readonly atMs: number;
  readonly failure: string | null;
}

/**
 * Reads every signal that a rule is over, once, and judges it by its rules, each in a transaction of its own. Passes may run at
 * the same time and in several processes, and end anywhere: a rule is judged by one of them at a time, and never by older
 * readings than before. A signal or a rule that fails does not keep the others from being judged.
 */
export async function judgeSignals(deps: AlertPassDeps, signal: AbortSignal): Promise<AlertPass> {
  const rules = await rulesToJudge(deps.db);
  const pass = { rules: rules.length, readings: 0, changes: 0, deferred: 0, failed: 0 };
  for (const [name, ofSignal] of Map.groupBy(rules, (rule) => rule.signal)) {
    signal.throwIfAborted();
    if (await isFresh(deps, name, ofSignal)) continue;
    // What is left of rules that are not in use is closed, whatever their signal says.
    const read = await readSignal(deps, name, ofSignal.some(isInUse));
    pass.readings += read.readings.length;
    if (read.failure !== null) pass.failed += 1;
    for (const rule of ofSignal) {
      try {
        const { made, left } = await deps.db.transaction((tx) => judgeRule(tx, rule, read));
        pass.changes += made;
        pass.deferred += left;
      } catch (thrown) {
        pass.failed += 1;
        deps.log.error({ err: thrown, rule: rule.name }, 'a rule over a signal could not be judged');
      }
    }
  }
  return pass;
}

async function readSignal(deps: AlertPassDeps, name: string, isWanted: boolean): Promise<Read> {
  const { db, log, signals } = deps;
  const atMs = await nowOf(deps);
  if (!isWanted) return { readings: [], atMs, failure: null };
  try {
    const found = name.startsWith(PUSHED)
      ? pushedSignal(name.slice(PUSHED.length))
      : signals.find((one) => one.name === name);
    if (!found) throw new Error(`there is no signal ${name} any more`);
    return { readings: await found.read({ db, nowMs: atMs }), atMs, failure: null };
  } catch (thrown) {
    log.warn({ err: thrown, signal: name }, 'a signal could not be read');
    return { readings: [], atMs, failure: messageOf(thrown) };
  }
}

async function judgeRule(tx: Tx, rule: AlertRule, read: Read): Promise<{ made: number; left: number }> {
  if (!(await beginPass(tx, rule.id, read.atMs))) return { made: 0, left: 0 };
  const states = await statesOf(tx, rule.id);
  const alerts = new Map((await openAlertsOf(tx, rule.id)).map((alert) => [alert.key, alert]));
  const suppressions = await suppressionsAt(tx, read.atMs);
  const inUse = isInUse(rule);
  const judged =
    inUse && read.failure !== null
      ? judgeFailure(rule, read, { states, alerts, suppressions })
      : judgeReadings(rule, inUse ? read.readings : [], { states, alerts, suppressions }, read.atMs);
  const { now, later } = share(judged);
  await writeStates(tx, rule.id, changedStates(now));
  const changes = now.flatMap(({ change }) => change ?? []);
  await noteValues(
    tx,
    now.flatMap(({ alert, change }) => (alert && !change ? [alert] : [])),
  );
  await applyChanges(tx, { actor: SYSTEM_ACTOR }, changes);
  return { made: changes.length, left: later };
}

/**
 * When nothing could be read of any subject, each stays as it is, and the signal itself is a subject without data: one alert says
 * so, not thousands.
 */
function judgeFailure(rule: AlertRule, { atMs, failure }: Read, { states, alerts, suppressions }: Remembered) {
  const subject = { kind: 'signal', id: null, name: rule.signal };
  const reading = { subject, serviceId: null, value: null, reason: failure ?? undefined };
  const key = `signal/${rule.signal}`;
  const only = <Value>(all: ReadonlyMap<string, Value>) => new Map([...all].filter(([one]) => one === key));
  return judgeReadings(rule, [reading], { states: only(states), alerts: only(alerts), suppressions }, atMs);
}

/** Leaves what is more than a pass changes to the next one: there it is judged anew, from where it stood. */
function share(judged: readonly Judgement[]): { readonly now: readonly Judgement[]; readonly later: number } {
  const changing = judged.filter(({ change }) => change !== null);
  if (changing.length <= CHANGES_MAX) return { now: judged, later: 0 };
  const urgent = changing.toSorted((left, right) => levelOf(right) - levelOf(left)).slice(0, CHANGES_MAX);
  const still = judged.filter(({ change }) => change === null);
  return { now: [...still, ...urgent], later: changing.length - CHANGES_MAX };
}

const levelOf = ({ change }: Judgement) => change?.alert.level ?? 0;

/** Most subjects are where they were. */
function changedStates(judged: readonly Judgement[]): Map<string, KeyState> {
  const changed = judged.filter(({ before, state }) => !isSame(before, state));
  return new Map(changed.map(({ key, state }) => [key, state]));
}

function isSame(left: KeyState, right: KeyState): boolean {
  return (
    left.level === right.level &&
    left.noData === right.noData &&
    left.missingSinceMs === right.missingSinceMs &&
    left.since.every((ms, index) => ms === right.since[index])
  );
}
