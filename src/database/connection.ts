import { isIP } from 'node:net';
import { parse } from 'pg-connection-string';
import { AppError } from '../kernel/errors.ts';

/** How to reach one database. `host` is a directory when the server listens on a unix socket only. */
export interface ConnectionSettings {
  readonly host: string;
  /** An address of the host that was looked up and judged before: connections go there, and nowhere else. */
  readonly hostAddress?: string | undefined;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string | undefined;
  readonly ssl?: boolean | { readonly rejectUnauthorized: boolean } | undefined;
  /** A role that every connection changes to (`SET ROLE`) before it does anything. */
  readonly role?: string | undefined;
}

/**
 * Reads a `postgres://` URL.
 * @throws AppError `invalid` when it is not one, or names no database. The message never holds the password.
 */
export function parseDatabaseUrl(url: string): ConnectionSettings {
  const complain = (what: string) => new AppError('invalid', 'bad-database-url', `DATABASE_URL ${what}`);
  if (!/^postgres(ql)?:\/\//.test(url)) throw complain('must begin with postgres:// or postgresql://');
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(url);
  } catch {
    throw complain(
      'cannot be read as a URL: check the port, and the characters in user, password and host (percent-encode them)',
    );
  }
  if (!parsed.database) throw complain('names no database: postgres://user@host:5432/DATABASE');
  if (!parsed.user) throw complain('names no user: postgres://USER@host:5432/database');
  const port = Number(parsed.port || 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw complain(`has an impossible port: ${parsed.port}`);
  return {
    host: parsed.host || '/var/run/postgresql',
    port,
    database: parsed.database,
    user: parsed.user,
    password: parsed.password,
    ssl: sslOf(parsed.ssl),
  };
}

function sslOf(ssl: unknown): ConnectionSettings['ssl'] {
  if (ssl === undefined || ssl === false || ssl === 'false') return undefined;
  if (typeof ssl === 'object' && ssl !== null && 'rejectUnauthorized' in ssl) {
    return { rejectUnauthorized: ssl.rejectUnauthorized !== false };
  }
  return true;
}

/** The settings as the `pg` driver takes them (for `Client` and `Pool`). */
export function driverSettings(settings: ConnectionSettings, applicationName: string) {
  return {
    host: settings.hostAddress ?? settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.user,
    ...(settings.password === undefined ? {} : { password: settings.password }),
    ...(settings.ssl === undefined ? {} : { ssl: encryptionFor(settings, settings.ssl) }),
    ...(settings.role === undefined ? {} : { options: `-c role=${settings.role}` }),
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
  };
}

/** The certificate must be that of the host by its name, also where the connection goes to an address. */
function encryptionFor({ host, hostAddress }: ConnectionSettings, ssl: NonNullable<ConnectionSettings['ssl']>) {
  if (ssl === false || hostAddress === undefined || isIP(host) !== 0) return ssl;
  return { ...(ssl === true ? {} : ssl), servername: host };
}

/** Where it is, for messages: host, port and database, never the password. */
export function describeConnection(settings: ConnectionSettings): string {
  return `${settings.user}@${settings.host}:${settings.port}/${settings.database}`;
}
