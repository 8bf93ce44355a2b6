import { mkdir } from 'node:fs/promises';
import { ISOLATION_FAILED } from '../database/server/namespaces.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { limitsOf, type ScriptWish } from './definition-script.ts';
import { provisioned, type Recovery, SANDBOX_PARTS } from './recovery.ts';
import { pathInside } from './sandbox.ts';
import { type Exposed, requireIsolation } from './script/isolation.ts';
import { warnOfNoIsolation } from './script/no-isolation.ts';
import { runScript, type ScriptEnd } from './script/run-script.ts';
import { takeScript } from './script/script-file.ts';

/** Carries out the script of a step: what it does to the restored files stays. */
export async function run(recovery: Recovery, signal: AbortSignal, step: ScriptWish): Promise<string> {
  const end = await carryOutScript(recovery, signal, step, { mayWrite: true });
  if (end.status === 0) return `${step.script} was carried out`;
  throw new AppError('unprocessable', 'script-failed', `The script ${step.script} ${endInWords(end)}`);
}

/** How a script ended, for a sentence that begins with its name. */
export function endInWords({ status, signal, lastLine }: ScriptEnd): string {
  const how = status === null ? `was ended by ${signal}` : `ended with status ${status}`;
  return lastLine === null ? how : `${how}: ${lastLine}`;
}

/** Where a script works, and what it may do there. */
interface ScriptPlace {
  /** Whether it may change what was restored. */
  readonly mayWrite: boolean;
  /** A directory of the sandbox that is not there yet; a name that nothing else has unless stated. */
  readonly place?: string;
  /** What it is told besides what every script is. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Runs a script of the definition on what was restored, in a place of its own in the sandbox. Its output goes to the run's log.
 * @throws AppError as `takeScript`; `unavailable` `no-isolation`, `isolation-failed`; the reason of the signal.
 */
export async function carryOutScript(
  recovery: Recovery,
  signal: AbortSignal,
  wish: ScriptWish,
  { mayWrite, place: name = `script-${newId()}`, environment = {} }: ScriptPlace,
): Promise<ScriptEnd> {
  const { recorder, deps, runId } = recovery;
  const { sandbox } = provisioned(recovery);
  const { isolation, args } = wish;
  if (isolation === 'namespaces') await requireIsolation();
  const place = await pathInside(sandbox, name);
  const [root, work, script] = [`${place}/root`, `${place}/work`, `${place}/script`];
  await mkdir(root, { recursive: true, mode: 0o700 });
  await mkdir(work, { mode: 0o700 });
  await takeScript(deps.catalogue.directory, wish, script);
  if (isolation === 'none') await warnOfNoIsolation(recovery, `The script ${wish.script}`);
  const exposed = await exposedTo(recovery, mayWrite);
  const end = await runScript({
    isolation,
    plan: { script, args, node: process.execPath, root, work, exposed: exposed.places, limits: limitsOf(wish) },
    environment: {
      ...{ MUSTER_DRILL: recovery.definition.name, MUSTER_RUN_ID: runId },
      ...(isolation === 'none' ? exposed.hostEnvironment : exposed.environment),
      ...environment,
    },
    signal,
    onLine: (line) => recorder.say(`${wish.script}: ${line}`),
  });
  if (end.linesLeftOut > 0) recorder.say(`${wish.script}: ${end.linesLeftOut} more lines are left out`, 'warn');
  if (isolation === 'namespaces' && end.status === ISOLATION_FAILED) {
    const message = `The script ${wish.script} could not be isolated: ${end.lastLine ?? 'no reason was given'}`;
    throw new AppError('unavailable', 'isolation-failed', message);
  }
  return end;
}

interface Exposure {
  readonly places: readonly Exposed[];
  /** Where a script in namespaces finds them, and where one without does. */
  readonly environment: Readonly<Record<string, string>>;
  readonly hostEnvironment: Readonly<Record<string, string>>;
}

/** The copy of the recovery point, what was restored from it, and the way to the scratch server. */
async function exposedTo(recovery: Recovery, mayWrite: boolean): Promise<Exposure> {
  const { files, database } = recovery;
  const { sandbox } = provisioned(recovery);
  const copy = await pathInside(sandbox, SANDBOX_PARTS.copy);
  const places: Exposed[] = [{ source: copy, name: 'point', isWritable: false }];
  if (files) places.push({ source: files.root, name: 'restored', isWritable: mayWrite });
  const server = database && { PGPORT: String(database.port), PGUSER: database.user, PGDATABASE: database.database };
  if (database) places.push({ source: database.host, name: 'postgres', isWritable: false });
  return {
    places,
    environment: {
      POINT: '/point',
      ...(files && { RESTORED: '/restored' }),
      ...(server && { ...server, PGHOST: '/postgres' }),
    },
    hostEnvironment: {
      ...{ POINT: copy },
      ...(files && { RESTORED: files.root }),
      ...(server && database && { ...server, PGHOST: database.host }),
    },
  };
}
