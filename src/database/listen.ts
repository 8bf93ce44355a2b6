import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { type ConnectionSettings, driverSettings } from './connection.ts';

/** How soon a lost connection is made again. */
const RECONNECT_SECONDS = 2;

export interface ListenOptions {
  readonly settings: ConnectionSettings;
  /** A plain word: it goes into the statement as it is. */
  readonly channel: string;
  readonly onMessage: (payload: string) => void;
  /** Whenever listening begins: what was said before that was not heard. */
  readonly onListening: () => void;
  readonly log: Logger;
}

/** A connection that listens. */
export interface Listener {
  stop(): Promise<void>;
}

/**
 * Listens to a channel of NOTIFY on a connection of its own, and makes it again whenever it breaks. Messages may be missed then,
 * and where a transaction pooler stands before the server: whoever needs them all must look for itself as well.
 */
export function listen(options: ListenOptions): Listener {
  const ending = new AbortController();
  const running = keepListening(options, ending.signal);
  return {
    async stop() {
      ending.abort();
      await running;
    },
  };
}

async function keepListening(options: ListenOptions, signal: AbortSignal): Promise<void> {
  const { channel, log } = options;
  let broken = false;
  while (!signal.aborted) {
    try {
      await listenOnce(options, signal, () => {
        if (broken) log.info({ channel }, 'listening to the database again');
        broken = false;
      });
    } catch (thrown) {
      if (!broken) log.warn({ channel, reason: messageOf(thrown) }, 'cannot listen to the database: trying again');
      broken = true;
    }
    await delay(RECONNECT_SECONDS * 1000, undefined, { signal }).catch(() => {});
  }
}

/** Resolves when the signal is aborted; rejects when the connection breaks. */
async function listenOnce(options: ListenOptions, signal: AbortSignal, onListening: () => void): Promise<void> {
  const client = new Client({ ...driverSettings(options.settings, 'muster listen'), keepAlive: true });
  const over = Promise.withResolvers<void>();
  // The connection may break before anybody waits for that.
  over.promise.catch(() => {});
  client.on('error', over.reject);
  client.on('end', () => over.reject(new Error('the connection ended')));
  const end = () => over.resolve();
  signal.addEventListener('abort', end, { once: true });
  try {
    await client.connect();
    client.on('notification', ({ payload = '' }) => options.onMessage(payload));
    await client.query(`LISTEN ${options.channel}`);
    onListening();
    options.onListening();
    if (!signal.aborted) await over.promise;
  } finally {
    signal.removeEventListener('abort', end);
    await client.end().catch(() => {});
  }
}
