import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type ConnectionSettings, describeConnection } from '../database/connection.ts';
import { SERVER_ENVIRONMENT } from '../database/server/command.ts';
import { type IsolatedPlaces, isolatedProgram } from '../database/server/isolated-program.ts';
import { AppError } from '../kernel/errors.ts';

/** The end of what the program wrote to standard error that is kept for messages. */
const STDERR_BYTES_MAX = 8192;

export interface ClientRun {
  readonly path: string;
  readonly args: readonly string[];
  readonly database: ConnectionSettings;
  /** Runs the program apart from everything else; it sees these. */
  readonly places?: IsolatedPlaces | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs one of PostgreSQL's client programs against a database, to its end. The password goes by the environment, where
 * other users cannot read it; nothing of the operator's own environment reaches the program.
 *
 * @throws AppError `unavailable` `client-program-failed` with the program's own words; the signal's reason after an abort.
 */
export async function runClientProgram({ path, args, database, places, signal }: ClientRun): Promise<void> {
  signal?.throwIfAborted();
  const plain = { file: path, args };
  const command = places === undefined ? plain : isolatedProgram(plain, places);
  const child = spawn(command.file, [...command.args], {
    env: { ...SERVER_ENVIRONMENT, ...connectionEnvironment(database) },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(signal === undefined
      ? {}
      : { signal, killSignal: places === undefined ? ('SIGTERM' as const) : ('SIGKILL' as const) }),
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-STDERR_BYTES_MAX);
  });
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  child.once('error', reject);
  child.once('close', (code, killedBy) => resolve(code === 0 ? undefined : (killedBy ?? `status ${code}`)));
  const failure = await promise.catch((thrown: unknown) => {
    signal?.throwIfAborted();
    throw thrown;
  });
  signal?.throwIfAborted();
  if (failure === undefined) return;
  const words = said.trim().replaceAll(/\s*\n\s*/g, ' ') || 'it said nothing';
  throw new AppError(
    'unavailable',
    'client-program-failed',
    `${path} failed on ${describeConnection(database)} (${failure}): ${words}`,
  );
}

function connectionEnvironment(database: ConnectionSettings): Record<string, string> {
  return {
    PGHOST: database.host,
    ...(database.hostAddress === undefined ? {} : { PGHOSTADDR: database.hostAddress }),
    PGPORT: String(database.port),
    PGUSER: database.user,
    PGDATABASE: database.database,
    PGAPPNAME: 'muster backup',
    PGCONNECT_TIMEOUT: '10',
    ...encryption(database.ssl),
    ...(database.password === undefined ? {} : { PGPASSWORD: database.password }),
    ...(database.role === undefined ? {} : { PGOPTIONS: `-c role=${database.role}` }),
  };
}

/** Where distributions keep the certificate authorities that the system trusts; older client libraries must be told. */
const TRUSTED_AUTHORITIES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

/** The same demands on the server's certificate that our own driver makes. */
function encryption(ssl: ConnectionSettings['ssl']): Record<string, string> {
  if (ssl === undefined || ssl === false) return { PGSSLMODE: 'prefer' };
  if (ssl !== true && !ssl.rejectUnauthorized) return { PGSSLMODE: 'require' };
  const authorities = TRUSTED_AUTHORITIES.find((path) => existsSync(path));
  return { PGSSLMODE: 'verify-full', ...(authorities === undefined ? {} : { PGSSLROOTCERT: authorities }) };
}
