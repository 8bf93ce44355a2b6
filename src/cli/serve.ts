import { openRuntime } from '../composition/runtime.ts';
import { systemClock } from '../kernel/clock.ts';
import type { AppError } from '../kernel/errors.ts';
import { createLogger } from '../kernel/log.ts';
import { VERSION } from '../version.ts';
import { type CommandContext, EXIT } from './command.ts';
import { stopSignal } from './stop-signal.ts';

/** Runs the service until it is asked to stop. @returns the exit status. */
export async function serve({ config, output }: CommandContext): Promise<number> {
  const log = createLogger(config.logLevel ?? (process.stderr.isTTY ? 'warn' : 'info'));
  const stopping = stopSignal();
  let lost: AppError | undefined;
  const onDatabaseLost = (error: AppError) => {
    lost = error;
    stopping.stop();
  };
  output.progress(`Muster ${VERSION} starts in ${config.dataDirectory} ...`);
  const runtime = await openRuntime({ config, log, clock: systemClock, mode: 'own', onDatabaseLost });
  try {
    // Three quarters of the modules: a start that must be refused is refused before they are loaded.
    const { serveOpened } = await import('./serve-opened.ts');
    await serveOpened(runtime, output, stopping);
  } finally {
    await runtime.close();
    output.progressEnd();
  }
  if (lost) throw lost;
  return EXIT.ok;
}
