import { connect, type Socket } from 'node:net';
import { AppError } from '../kernel/errors.ts';
import { describeDestination, type PinnedDestination } from './pin.ts';

/**
 * A connection to the first of the pinned addresses where somebody listens, for clients that would look the name up themselves.
 * Whoever gets it ends it, and listens for its errors.
 *
 * @throws AppError `unavailable` `egress-failed`; the signal's reason when it is aborted.
 */
export async function dialPinned(to: PinnedDestination, signal: AbortSignal): Promise<Socket> {
  let first: unknown;
  for (const { text } of to.addresses) {
    try {
      return await dial(text, to.port, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      first ??= thrown;
    }
  }
  const { code } = first as { code?: unknown };
  const reason = typeof code === 'string' ? code : 'the connection failed';
  throw new AppError('unavailable', 'egress-failed', `${describeDestination(to)} did not answer: ${reason}`);
}

function dial(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ host, port, signal });
  // It stays, so that no later error of the connection is nobody's.
  socket.on('error', reject);
  socket.once('connect', () => resolve(socket));
  return promise;
}
