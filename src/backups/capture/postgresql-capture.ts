import { connect } from 'node:net';
import type { ConnectionSettings } from '../../database/connection.ts';
import type { Queryable } from '../../database/database.ts';
import type { PinnedDestination } from '../../egress/pin.ts';
import { openSecret } from '../../secrets/sealed-secret.ts';
import type { BackupJobsDeps } from '../backup-deps.ts';
import { captureSource } from '../capture-source.ts';
import type { CapturedPoint, PointDestination } from '../point-writer.ts';
import type { CaptureMeans } from './capture-means.ts';
import type { CapturedSet } from './captured-set.service.ts';
import { sealedPasswordOf } from './captured-set.store.ts';
import type { CaptureSourceOf } from './captured-set.ts';

type PostgresqlSource = CaptureSourceOf<'postgresql'>;

/**
 * Takes a recovery point of a database of a PostgreSQL server, in the same form as those of Muster's own database.
 * @throws AppError as `Egress.pin`, `openSecret` and `captureSource`.
 */
export async function capturePostgresql(
  deps: Pick<BackupJobsDeps, 'db' | 'source' | 'capture'>,
  set: CapturedSet,
  source: PostgresqlSource,
  destination: PointDestination,
): Promise<CapturedPoint> {
  const { method, excludedTables } = source;
  const { bytesPerSecondMax } = set.capture;
  const database = await connectionOf(deps.db, deps.capture, set.id, source);
  const { binDirectories = [] } = deps.source;
  return captureSource({ database, binDirectories }, destination, { excludedTables, method, bytesPerSecondMax });
}

const SSL = {
  disable: false,
  require: { rejectUnauthorized: false },
  'verify-full': true,
} as const satisfies Record<PostgresqlSource['sslMode'], ConnectionSettings['ssl']>;

async function connectionOf(
  db: Queryable,
  { egress, keyring }: CaptureMeans,
  setId: string,
  { host, port, database, user, sslMode }: PostgresqlSource,
): Promise<ConnectionSettings> {
  const hostAddress = await answeringAddress(await egress.pin({ scheme: 'postgresql', host, port }));
  const sealed = await sealedPasswordOf(db, setId);
  const password = sealed === undefined ? undefined : openSecret(keyring, setId, sealed);
  return { host, hostAddress, port, database, user, password, ssl: SSL[sslMode] };
}

const ANSWER_MS = 5000;

/** Of several addresses the first where somebody listens; when nobody does, the first: whoever connects says what is wrong. */
async function answeringAddress({ addresses, port }: PinnedDestination): Promise<string> {
  const [first, ...others] = addresses;
  if (others.length === 0 || (await isAnswering(first.text, port))) return first.text;
  for (const { text } of others) if (await isAnswering(text, port)) return text;
  return first.text;
}

function isAnswering(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port, timeout: ANSWER_MS });
  const end = (isThere: boolean) => () => {
    socket.destroy();
    resolve(isThere);
  };
  socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  return promise;
}
