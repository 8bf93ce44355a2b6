import { z } from 'zod';
import { SYSTEM_ACTOR } from '../../audit/entry.ts';
import { presentedDigest } from '../../auth/secret.ts';
import type { Database, Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import { backupSetById } from '../backup-set.queries.ts';
import { usePingToken } from './ping-token.store.ts';
import { pingsOfLastMinute } from './report.queries.ts';
import { takeReport } from './report.service.ts';
import { logExcerptOf, REPORT_KINDS, type ReportedFacts, type ReportKind, reportedFields } from './report.ts';
import { requireExternal } from './set.store.ts';

/** What came over a ping address, unchecked. */
export interface Ping {
  readonly secret: string;
  readonly kind: string;
  /** Of the query, or of a form. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The body, where it is no form. */
  readonly log: string | undefined;
  readonly requestId: string;
}

/** So many different reports of one kind a minute are no backup of anything. */
const PER_MINUTE_MAX = 60;

const digits = (pattern: RegExp, what: string) => z.string().max(20).regex(pattern, what).transform(Number);

/** The parameters that a ping takes. */
export const pingParameters = z.strictObject({
  name: reportedFields.name.optional(),
  sha256: reportedFields.sha256.optional(),
  size: digits(/^\d{1,16}$/, 'must be a number of bytes')
    .pipe(reportedFields.sizeBytes)
    .optional(),
  duration: digits(/^\d{1,9}(\.\d{1,6})?$/, 'must be a number of seconds')
    .pipe(reportedFields.durationSeconds)
    .optional(),
  log: z.string().optional(),
});

/**
 * Takes the report of a backup script. The same report of the same kind within a minute is one that was sent again: it is
 * answered like the first and changes nothing.
 * @returns false when there is no such address, or it is revoked.
 * @throws AppError `invalid` `invalid-ping`; `conflict` `another-digest`; `unprocessable` `name-outside-pattern`; `too-many`
 *   `ping-rate`.
 */
export async function takePing(db: Database, ping: Ping): Promise<boolean> {
  const digest = presentedDigest('ping', ping.secret);
  const kind = REPORT_KINDS.find((known) => known === ping.kind);
  if (digest === undefined || kind === undefined) return false;
  return db.transaction(async (tx) => {
    const token = await usePingToken(tx, digest);
    if (token === undefined) return false;
    await report(tx, token, kind, ping);
    return true;
  });
}

async function report(
  tx: Tx,
  token: { readonly id: string; readonly setId: string },
  kind: ReportKind,
  ping: Ping,
): Promise<void> {
  const facts = factsOf(ping);
  const recent = await pingsOfLastMinute(tx, token.setId, kind, facts);
  if (recent.same > 0) return;
  if (recent.all >= PER_MINUTE_MAX) {
    const message = `More than ${PER_MINUTE_MAX} different reports of one kind in a minute: wait before the next one`;
    throw new AppError('too-many', 'ping-rate', message);
  }
  const set = requireExternal(await backupSetById(tx, token.setId));
  const actor = { ...SYSTEM_ACTOR, name: `ping ${token.id}` };
  const origin = { actor, requestId: ping.requestId };
  await takeReport(tx, set, { kind, via: 'ping', facts, origin, nameField: 'query.name' });
}

function factsOf({ parameters, log: body }: Ping): ReportedFacts {
  const parsed = pingParameters.safeParse(parameters);
  if (!parsed.success) throw invalidPing(parsed.error.issues);
  const { name, sha256, size, duration, log = body } = parsed.data;
  return {
    name,
    takenAt: undefined,
    sizeBytes: size,
    sha256,
    durationSeconds: duration,
    logExcerpt: log === undefined ? undefined : logExcerptOf(log) || undefined,
  };
}

function invalidPing(issues: readonly z.core.$ZodIssue[]): AppError {
  const problems = issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? { field: 'query', message: 'takes name, sha256, size, duration and log only' }
      : { field: `query.${issue.path.join('.')}`, message: issue.message },
  );
  const text = problems.map(({ field, message }) => `${field} ${message}`).join('; ');
  return new AppError('invalid', 'invalid-ping', `Nothing was noted: ${text}`, { fields: problems });
}
