import type { Worker } from 'node:worker_threads';

/** What every thread that unpacks says: how far it is, and then one end. */
type ThreadMessage = { readonly kind: 'progress'; readonly bytes: number } | { readonly kind: string };

/**
 * Waits for the one message with which a thread ends, and ends the thread. An abort stops it, which leaves nothing in flight.
 * @throws the signal's reason; whatever the thread died of.
 */
export async function endOfThread<Message extends ThreadMessage>(
  thread: Worker,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<Exclude<Message, { kind: 'progress' }>> {
  const { promise, resolve, reject } = Promise.withResolvers<Exclude<Message, { kind: 'progress' }>>();
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  thread.on('message', (message: Message) => {
    if (!isProgress(message)) resolve(message as Exclude<Message, { kind: 'progress' }>);
    else if (!signal?.aborted) onBytes(message.bytes);
  });
  thread.on('error', reject);
  thread.on('exit', (code) => reject(new Error(`the unpacking thread ended with status ${code}`)));
  try {
    return await promise;
  } finally {
    signal?.removeEventListener('abort', abort);
    await thread.terminate();
  }
}

function isProgress(message: ThreadMessage): message is { readonly kind: 'progress'; readonly bytes: number } {
  return message.kind === 'progress';
}
