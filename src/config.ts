import { resolve } from 'node:path';
import { z } from 'zod';
import { type ConnectionSettings, parseDatabaseUrl } from './database/connection.ts';
import { parseAllowRule } from './egress/allow-rule.ts';
import { AppError, messageOf } from './kernel/errors.ts';
import { isZone } from './kernel/zone.ts';

/** Everything that an operator can set, checked, with its defaults filled in. */
export interface Config {
  /** Absolute path of the data directory. */
  readonly dataDirectory: string;
  /** Where Muster keeps its own backups; below the data directory unless it is set. */
  readonly backupDirectory: string;
  /** Where the signed heads of the audit trail are written. */
  readonly anchorDirectory: string;
  readonly host: string;
  readonly port: number;
  /** Set when Muster works on an existing server instead of the embedded one. */
  readonly database: ConnectionSettings | undefined;
  /** The `bin` directory of another PostgreSQL installation, for scratch servers. */
  readonly postgresBin: string | undefined;
  readonly zone: string;
  /** Undefined: what suits where the log goes. */
  readonly logLevel: string | undefined;
  readonly workerTags: readonly string[];
  readonly metricsPublic: boolean;
  readonly requestsPerMinute: number;
  /** Reverse proxies in front, whose `X-Forwarded-…` headers count. */
  readonly trustedProxies: number;
  /** The largest file that an import takes, in bytes. */
  readonly importBytesMax: number;
  /** How many days ahead those who answer for an on-call rota are told of its gaps. */
  readonly onCallNoticeDays: number;
  /** Whether the log of Muster's own database is archived beside its backups. */
  readonly walArchive: boolean;
  /** Where the commands lie whose output may be backed up; undefined: none may. */
  readonly commandDirectory: string | undefined;
  /** A file of age identities that open encrypted backups in a drill, besides this installation's own. */
  readonly identityFile: string | undefined;
  /** Whether the shipped drills get sample data; undefined: in a new installation with the embedded server. */
  readonly samples: 'on' | 'off' | undefined;
  /** How many drills this machine carries out at once. */
  readonly drillsAtOnce: number;
  /** What is pinged while the schedules tick; it may hold a token. */
  readonly deadManUrl: string | undefined;
  /** Rules (`parseAllowRule`) that say where Muster may connect to. */
  readonly egressAllow: readonly string[];
}

const VARIABLES = {
  MUSTER_DATA: z.string().min(1).default('./data').describe('data directory'),
  MUSTER_BACKUP_DIR: z
    .string()
    .min(1)
    .optional()
    .describe("where Muster's own backups go; default: backups/ in the data directory"),
  MUSTER_ANCHOR_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('where the audit anchors go; default: anchors/ in the data directory'),
  MUSTER_HOST: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
  MUSTER_PORT: wholeNumber(0, 65_535, 7300).describe('port to listen on; 0 takes a free one'),
  DATABASE_URL: z
    .string()
    .optional()
    .describe('postgres://… of an existing PostgreSQL 15 to 18, instead of the embedded one'),
  PG_BIN: z.string().min(1).optional().describe('bin directory of the PostgreSQL programs for scratch servers'),
  MUSTER_ZONE: z
    .string()
    .default('UTC')
    .refine(isZone, 'is no IANA time zone, such as Europe/Berlin')
    .describe('time zone of the schedules'),
  MUSTER_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .optional()
    .describe('log level; default: info, or warn on a terminal'),
  MUSTER_WORKER_TAGS: z
    .string()
    .default('')
    .transform(listOf)
    .pipe(z.array(z.string().regex(/^[a-z0-9-]{1,32}$/, 'holds a tag that is not of a-z, 0-9 and -')))
    .describe('tags whose jobs this process works besides the general ones, with commas between'),
  MUSTER_METRICS_PUBLIC: z
    .enum(['true', 'false'])
    .default('false')
    .describe('whether /metrics answers without a token'),
  MUSTER_COMMAND_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('directory of executables whose output may be backed up; without it none may'),
  MUSTER_IDENTITY_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('file of age identities (age-keygen) that open encrypted backups in a drill'),
  MUSTER_EGRESS_ALLOW: z
    .string()
    .default('')
    .transform(listOf)
    .superRefine((rules, context) => {
      for (const rule of rules) for (const message of faultsOf(rule)) context.addIssue({ code: 'custom', message });
    })
    .describe('where connections may go, [scheme://]host[:port] with commas between: postgresql://db.example.com'),
  MUSTER_DEADMAN_URL: z
    .string()
    .max(2000)
    .refine(isPlainUrl, 'must be an http or https URL without user and password')
    .optional()
    .describe('URL that is pinged while the schedules tick, so that somebody else notices when Muster is dead'),
  MUSTER_REQUESTS_PER_MINUTE: wholeNumber(1, 10_000_000, 6000).describe('requests a minute that one client may make'),
  MUSTER_TRUSTED_PROXIES: wholeNumber(0, 10, 0).describe('reverse proxies in front whose X-Forwarded headers count'),
  MUSTER_IMPORT_MIB_MAX: wholeNumber(1, 4096, 256).describe('the largest CSV file that an import takes, in MiB'),
  MUSTER_ON_CALL_NOTICE_DAYS: wholeNumber(1, 85, 14).describe('how many days ahead gaps of on-call rotas are told'),
  MUSTER_DRILLS_AT_ONCE: wholeNumber(1, 16, 1).describe('how many drills this machine carries out at once'),
  MUSTER_WAL_ARCHIVE: z
    .enum(['on', 'off'])
    .default('on')
    .describe("whether the log of Muster's own database is archived beside its backups, without a pause"),
  MUSTER_SAMPLES: z
    .enum(['on', 'off'])
    .optional()
    .describe('sample data for the shipped drills; default: in a new installation, not with DATABASE_URL'),
} as const;

const OWN_PREFIX = 'MUSTER_';

/**
 * Reads the configuration from environment variables. Relative directories count from `workingDirectory`.
 * @throws AppError `usage` naming every variable that is wrong, unknown `MUSTER_…` names included.
 */
export function readConfig(environment: NodeJS.ProcessEnv, workingDirectory: string): Config {
  const names = Object.keys(VARIABLES);
  // Tests have knobs of their own; they are no configuration of the service.
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith(OWN_PREFIX) && !name.startsWith('MUSTER_TEST_') && !names.includes(name),
  );
  const present = Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
  const parsed = z.object(VARIABLES).safeParse(present);
  const problems = [
    ...unknown.map((name) => `${name} is not known (known are ${names.join(', ')})`),
    ...(parsed.error?.issues ?? []).map((issue) => `${String(issue.path[0])} ${issue.message}`),
  ];
  if (!parsed.success || problems.length > 0) {
    throw new AppError('usage', 'bad-configuration', `Configuration: ${problems.join('; ')}`);
  }
  const values = parsed.data;
  const dataDirectory = resolve(workingDirectory, values.MUSTER_DATA);
  return {
    dataDirectory,
    backupDirectory: resolve(workingDirectory, values.MUSTER_BACKUP_DIR ?? `${dataDirectory}/backups`),
    anchorDirectory: resolve(workingDirectory, values.MUSTER_ANCHOR_DIR ?? `${dataDirectory}/anchors`),
    host: values.MUSTER_HOST,
    port: values.MUSTER_PORT,
    database: values.DATABASE_URL === undefined ? undefined : parseDatabaseUrl(values.DATABASE_URL),
    postgresBin: values.PG_BIN,
    zone: values.MUSTER_ZONE,
    logLevel: values.MUSTER_LOG_LEVEL,
    workerTags: values.MUSTER_WORKER_TAGS,
    metricsPublic: values.MUSTER_METRICS_PUBLIC === 'true',
    requestsPerMinute: values.MUSTER_REQUESTS_PER_MINUTE,
    trustedProxies: values.MUSTER_TRUSTED_PROXIES,
    identityFile:
      values.MUSTER_IDENTITY_FILE === undefined ? undefined : resolve(workingDirectory, values.MUSTER_IDENTITY_FILE),
    importBytesMax: values.MUSTER_IMPORT_MIB_MAX * 1024 * 1024,
    onCallNoticeDays: values.MUSTER_ON_CALL_NOTICE_DAYS,
    walArchive: values.MUSTER_WAL_ARCHIVE === 'on',
    commandDirectory:
      values.MUSTER_COMMAND_DIR === undefined ? undefined : resolve(workingDirectory, values.MUSTER_COMMAND_DIR),
    drillsAtOnce: values.MUSTER_DRILLS_AT_ONCE,
    deadManUrl: values.MUSTER_DEADMAN_URL,
    egressAllow: values.MUSTER_EGRESS_ALLOW,
    samples: values.MUSTER_SAMPLES,
  };
}

/** What each variable means, for the help text. */
export function describeConfig(): readonly { readonly name: string; readonly meaning: string }[] {
  return Object.entries(VARIABLES).map(([name, schema]) => ({ name, meaning: schema.description ?? '' }));
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

function faultsOf(rule: string): string[] {
  try {
    parseAllowRule(rule);
    return [];
  } catch (thrown) {
    return [`is wrong: ${messageOf(thrown)}`];
  }
}

function isPlainUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

function wholeNumber(least: number, most: number, otherwise: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z.coerce.number({ error: message }).int(message).min(least, message).max(most, message).default(otherwise);
}
