import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { auditKeysOf } from '../audit/audit-keys.ts';
import { startSealer } from '../audit/sealer.ts';
import { directoriesOf } from '../composition/directories.ts';
import { openRuntime, type Runtime } from '../composition/runtime.ts';
import type { Config } from '../config.ts';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { createLogger } from '../kernel/log.ts';
import type { CommandContext } from './command.ts';
import { type StopSignal, stopSignal } from './stop-signal.ts';

/** What a command does with an installation. */
export interface RuntimeUse {
  /** It changes something: without a service that does it, this process seals the audit trail while it works. */
  readonly writes: boolean;
  /** Makes the installation where there is none. Others say that there is none. */
  readonly creates?: boolean;
  /** In place of `warn`, where nothing is configured. */
  readonly logLevel?: string;
}

/**
 * Opens the installation for one command, beside a running service or alone, and lets go of it afterwards. `signal` is
 * aborted at the first Ctrl-C (or SIGTERM): whoever waits for something ends in order then.
 *
 * @throws AppError `not-found` `no-installation`; what `openRuntime` throws; `unavailable` when the database went away.
 */
export async function withRuntime<T>(
  context: CommandContext,
  use: RuntimeUse,
  work: (runtime: Runtime, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (!use.creates) requireInstallation(context.config);
  const stopping = stopSignal();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withRuntimeOnce(context, use, stopping, work);
    } catch (thrown) {
      const ended = thrown instanceof AppError && thrown.code === 'server-ended';
      if (!ended || use.writes || attempt === READ_ATTEMPTS_MAX) throw thrown;
    }
  }
}

/** A command that only reads is begun again when the server that it had joined was stopped under it. */
const READ_ATTEMPTS_MAX = 3;

async function withRuntimeOnce<T>(
  { config }: CommandContext,
  use: RuntimeUse,
  stopping: StopSignal,
  work: (runtime: Runtime, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let lost: AppError | undefined;
  const onDatabaseLost = (error: AppError) => {
    lost = error;
    stopping.stop();
  };
  const log = createLogger(config.logLevel ?? use.logLevel ?? 'warn');
  const runtime = await openPatiently({ config, log, clock: systemClock, mode: 'join', onDatabaseLost });
  const attached = runtime.database.kind === 'attached';
  try {
    return use.writes && !attached
      ? await whileSealing(runtime, () => work(runtime, stopping.signal))
      : await work(runtime, stopping.signal);
  } catch (thrown) {
    if (attached && thrown instanceof AppError && thrown.code === 'database-unavailable') throw serverEnded(thrown);
    throw lost ?? (thrown === stopping.signal.reason ? stoppedEarly() : thrown);
  } finally {
    await runtime.close();
  }
}

function serverEnded(cause: AppError): AppError {
  const message = 'The Muster whose database this command used was stopped meanwhile; try again';
  return new AppError('unavailable', 'server-ended', message, { cause });
}

/** Ctrl-C is no failure of the program, but its work is not done. */
export function stoppedEarly(remark = ''): AppError {
  return new AppError('unavailable', 'stopped', `Stopped before the end${remark}`);
}

/** A command in the wrong directory should say so, and not make a new, empty Muster there. */
function requireInstallation(config: Config): void {
  const { data, postgres } = directoriesOf(config);
  if (config.database || existsSync(join(postgres, 'PG_VERSION'))) return;
  throw new AppError(
    'not-found',
    'no-installation',
    `There is no Muster in ${data}: start it once with npm start, or name its data directory in MUSTER_DATA`,
  );
}

/** Another process that has just taken the data directory needs a moment until its database answers. */
const JOIN_SECONDS_MAX = 20;
const JOIN_POLL_MS = 250;
const NOT_YET: ReadonlySet<string> = new Set(['not-running', 'database-unavailable']);

async function openPatiently(options: Parameters<typeof openRuntime>[0]): Promise<Runtime> {
  const deadlineMs = options.clock.monotonicMs() + JOIN_SECONDS_MAX * 1000;
  for (;;) {
    try {
      return await openRuntime(options);
    } catch (thrown) {
      const notYet = thrown instanceof AppError && NOT_YET.has(thrown.code) && options.config.database === undefined;
      if (!notYet || options.clock.monotonicMs() > deadlineMs) throw thrown;
    }
    await delay(JOIN_POLL_MS);
  }
}

async function whileSealing<T>(runtime: Runtime, work: () => Promise<T>): Promise<T> {
  const { db, keyring, directories, log, clock } = runtime;
  const sealer = startSealer({ db, keys: auditKeysOf(keyring), anchorDirectory: directories.anchors, log, clock });
  try {
    return await work();
  } finally {
    await sealer.stop();
  }
}
