import { z } from 'zod';
import { lineText } from '../../kernel/text.ts';

/** As PostgreSQL's own names: 63 bytes. */
const name = lineText(63);

/**
 * `disable`: plain text. `require`: encrypted, to whoever answers. `verify-full`: encrypted, to the host whose certificate an
 * authority that the system trusts has signed.
 */
const SSL_MODES = ['disable', 'require', 'verify-full'] as const;

/** `auto`: a base backup where one can be taken and restored, else a dump. */
const POSTGRESQL_METHODS = ['auto', 'dump', 'base-backup'] as const;

/** A database of a PostgreSQL server. Its password is no part of it: it is given once, and never shown. */
export const postgresqlSource = z.strictObject({
  type: z.literal('postgresql'),
  host: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[A-Za-z0-9._:-]+$/, 'must be a host name or an address')
    .describe('Name or address; an administrator must allow it (MUSTER_EGRESS_ALLOW=postgresql://host:port)'),
  port: z.int().min(1).max(65_535).default(5432),
  database: name.describe('The database that is dumped; of a base backup, whose tables are compared after a restore'),
  user: name.describe('The role that logs in; it must be able to read every table, and for a base backup to replicate'),
  sslMode: z.enum(SSL_MODES).default('require'),
  method: z.enum(POSTGRESQL_METHODS).default('auto').describe('How the backup is taken'),
  excludedTables: z
    .array(lineText(130))
    .max(200)
    .default([])
    .describe('`schema.table` of tables that are not compared after a restore; they are in the backup all the same'),
});

/** A password on its way in. It never comes out again. */
export const passwordSchema = z
  .string()
  .min(1)
  .max(1000)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), { message: 'must be text without NUL' })
  .nullable()
  .describe('Of the role that logs in to a PostgreSQL source; stored sealed, and never shown. null: it needs none');

/** Whether a password that was given for the one may be sent to the other: only to the same role of the same server. */
export function isSameLogin(one: z.infer<typeof postgresqlSource>, other: z.infer<typeof postgresqlSource>): boolean {
  return (['host', 'port', 'user', 'sslMode'] as const).every((field) => one[field] === other[field]);
}
