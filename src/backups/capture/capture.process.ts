// The process that captures one source, and ends. What it packs may change or vanish under its hands, and libraries that pack
// have been seen to end their process over that: it is not the process of the service.
import { AppError, messageOf } from '../../kernel/errors.ts';
import { SharedPace } from '../../verification/shared-pace.ts';
import type { CaptureContext, CaptureMessage, CaptureOutcome, CaptureTask, SentFailure } from './capture-task.ts';

/** Messages about progress are sent no closer together than this. */
const PROGRESS_INTERVAL_MS = 200;

// Whoever asked is gone: nobody takes the result, and the directory is removed by whoever comes next.
process.once('disconnect', () => process.exit(1));
process.once('message', (task: CaptureTask) => {
  capture(task)
    .then((outcome) => end({ type: 'done', outcome }))
    .catch((thrown: unknown) => end({ type: 'failed', failure: failureOf(thrown) }));
});

async function capture(task: CaptureTask): Promise<CaptureOutcome> {
  const { source, directory, recipients, bytesPerSecondMax, commandDirectory } = task;
  const pace = bytesPerSecondMax === undefined ? undefined : new SharedPace(bytesPerSecondMax);
  const context: CaptureContext = { directory, recipients, pace, onProgress: reporter(), onGroup: tellGroup };
  // Loading is most of what a small capture takes: only what this one needs is.
  switch (source.type) {
    case 'directory':
      return (await import('./directory.writer.ts')).writeDirectory(source, context, task);
    case 'sqlite':
      return (await import('./sqlite.writer.ts')).writeSqlite(source, context);
    case 'command':
      return (await import('./command.writer.ts')).writeCommand(source, context, commandDirectory);
  }
}

function tellGroup(groupId: number | undefined): void {
  process.send?.({ type: 'group', groupId } satisfies CaptureMessage);
}

function reporter(): CaptureContext['onProgress'] {
  let sentMs = 0;
  return (done, total) => {
    const nowMs = performance.now();
    if (nowMs - sentMs < PROGRESS_INTERVAL_MS) return;
    sentMs = nowMs;
    process.send?.({ type: 'progress', done, total } satisfies CaptureMessage);
  };
}

function failureOf(thrown: unknown): SentFailure {
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  return { message: messageOf(thrown), code, kind: thrown instanceof AppError ? thrown.kind : undefined };
}

/** The message is gone before the process is. */
function end(message: CaptureMessage): void {
  process.send?.(message, () => process.exit(0));
}
