/** The wish to end, from a signal or from within. */
export interface StopSignal {
  /** Aborted once the end was asked for. */
  readonly signal: AbortSignal;
  /** Resolves then. */
  readonly requested: Promise<void>;
  /** Asks for the end from within. */
  stop(): void;
}

/** Listens for SIGINT and SIGTERM. The first asks for an orderly end; a second SIGINT ends the process at once. */
export function stopSignal(): StopSignal {
  const controller = new AbortController();
  const requested = new Promise<void>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const stop = () => controller.abort(new Error('Muster is stopping'));
  process.on('SIGTERM', stop);
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(130);
    stop();
  });
  return { signal: controller.signal, requested, stop };
}
