/** The wish to end, from a signal or from within. */
export interface StopSignal {
  /** Aborted once the end was asked for. */
  readonly signal: AbortSignal;
  /** Resolves then. */
  readonly requested: Promise<void>;
  /** Asks for the end from within. */
  stop(): void;
}

/** npm passes on what the terminal has sent to every process already: one Ctrl-C arrives twice, milliseconds apart. */
const SAME_KEYSTROKE_MS = 1000;

/** Listens for SIGINT and SIGTERM. The first asks for an orderly end; a second Ctrl-C ends the process at once. */
export function stopSignal(): StopSignal {
  const controller = new AbortController();
  const requested = new Promise<void>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  let requestedMs = Number.POSITIVE_INFINITY;
  const stop = () => {
    if (!controller.signal.aborted) requestedMs = performance.now();
    controller.abort(new Error('Muster is stopping'));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', () => {
    if (performance.now() - requestedMs > SAME_KEYSTROKE_MS) process.exit(130);
    stop();
  });
  return { signal: controller.signal, requested, stop };
}
