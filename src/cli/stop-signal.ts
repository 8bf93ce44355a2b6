/** The wish to end, from a signal or from within. Disposing of it ends the listening. */
export interface StopSignal extends Disposable {
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
  const interrupt = () => {
    if (performance.now() - requestedMs > SAME_KEYSTROKE_MS) process.exit(130);
    stop();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', interrupt);
  const stopListening = () => {
    process.off('SIGTERM', stop);
    process.off('SIGINT', interrupt);
  };
  return { signal: controller.signal, requested, stop, [Symbol.dispose]: stopListening };
}
