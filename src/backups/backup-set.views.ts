import { z } from 'zod';
import type { BackupSet, Repository, Retirement } from './backup-catalogue.ts';
import { type CaptureDefinition, captureSourceSchema } from './capture/captured-set.ts';
import { DIGEST_SOURCES, type ExternalDefinition, LAYOUTS, TIME_SOURCES } from './external/external-set.ts';
import { STALE_CODES } from './external/freshness.ts';
import { REPORT_KINDS } from './external/report.ts';
import { logArchiveSchema, logArchiveView } from './log-archive/log-archive.views.ts';
import { remotePlaceSchema } from './remote/remote-place.ts';
import { retentionPolicySchema } from './retention/retention-policy.ts';
import type { SetStatus } from './set-status.queries.ts';

const instant = z.iso.datetime();
const retirement = z.object({ at: instant, reason: z.string() }).nullable();

export const repositorySchema = z.object({
  id: z.uuid(),
  name: z.string(),
  kind: z.enum(['local', 'sftp', 's3']),
  root: z.string().describe('Absolute path, as the workers of its tag see it; of one on another machine, its address'),
  place: remotePlaceSchema.nullable().describe('Where it is, of one on another machine; credentials are never shown'),
  writable: z.boolean().describe('Muster may write its own backups into it; into others it never writes'),
  workerTag: z.string(),
  identityKind: z
    .enum(['sentinel', 'filesystem', 'place'])
    .describe('How it is told from another directory in its place'),
  identity: z.string().nullable().describe('Null until a worker of its tag has found it'),
  locationId: z.uuid().nullable().describe('Where it stands, in the tree of locations'),
  readersMax: z.int().describe('So many checks read it at the same time'),
  bytesPerSecondMax: z.int().nullable().describe('All its readers together read no faster, and no upload is faster'),
  seenAt: instant.nullable().describe('When it was last found there'),
  tested: z
    .object({ at: instant, failure: z.object({ code: z.string(), message: z.string() }).nullable() })
    .nullable()
    .describe('What its last connection test came to; null before the first one'),
  unavailable: z.object({ since: instant, reason: z.string() }).nullable(),
  retired: retirement,
  version: z.int().describe('Send it as If-Match with a change'),
});

export function repositoryView(repository: Repository): z.input<typeof repositorySchema> {
  const { place, identity, locationId, bytesPerSecondMax, seenAt, tested, unavailable, retired, ...stated } =
    repository;
  return {
    ...stated,
    place: place ?? null,
    identity: identity ?? null,
    tested: tested === undefined ? null : { at: tested.at.toString(), failure: tested.failure ?? null },
    locationId: locationId ?? null,
    bytesPerSecondMax: bytesPerSecondMax ?? null,
    seenAt: seenAt?.toString() ?? null,
    unavailable: unavailable === undefined ? null : { since: unavailable.since.toString(), reason: unavailable.reason },
    retired: retirementView(retired),
  };
}

const externalSchema = z.object({
  pattern: z.string().describe('Path in the repository, with *, ?, ** and the time as `date` writes it'),
  layout: z.enum(LAYOUTS).describe('What one recovery point is: a file, all files of one time, or a directory'),
  timeSource: z.enum(TIME_SOURCES),
  zone: z.string(),
  schedule: z.object({ cron: z.string(), graceSeconds: z.int() }).nullable(),
  rpoSeconds: z.int().nullable(),
  expectedFormat: z.string().nullable(),
  digestSource: z.enum(DIGEST_SOURCES),
  minimumBytes: z.int().nullable(),
  settleSeconds: z.int().describe('A point is taken for whole once it stood still for so long'),
  fullReadDays: z.int().nullable().describe('Every point is read in full at least this often'),
  window: z.object({ from: z.string(), until: z.string() }).nullable().describe('Full reads begin in it only'),
  description: z.string(),
  owner: z.object({ id: z.uuid(), kind: z.enum(['person', 'team']), name: z.string() }),
  listedAt: instant.nullable().describe('When its points were last listed'),
});

const captureDefinitionSchema = z.object({
  source: captureSourceSchema,
  recipients: z.array(z.string()).describe('age recipients that it is encrypted to; empty: it is not'),
  bytesPerSecondMax: z.int().nullable().describe('The source is read no faster'),
  hasPassword: z.boolean().describe('A password of the source is stored; it is never shown'),
});

function captureDefinitionView({
  source,
  recipients,
  bytesPerSecondMax,
  hasPassword,
}: CaptureDefinition): z.input<typeof captureDefinitionSchema> {
  return { source, recipients: [...recipients], bytesPerSecondMax: bytesPerSecondMax ?? null, hasPassword };
}

function externalView(external: ExternalDefinition): z.input<typeof externalSchema> {
  return {
    ...external,
    schedule: external.schedule ?? null,
    rpoSeconds: external.rpoSeconds ?? null,
    expectedFormat: external.expectedFormat ?? null,
    minimumBytes: external.minimumBytes ?? null,
    fullReadDays: external.fullReadDays ?? null,
    window: external.window ?? null,
    listedAt: external.listedAt?.toString() ?? null,
  };
}

export const backupSetSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  repositoryId: z.uuid(),
  kind: z
    .enum(['postgresql', 'external', 'capture'])
    .describe(
      'Taken by Muster, of its own database; made by another tool, and watched; or taken of a source, and watched',
    ),
  retention: retentionPolicySchema.describe(
    'What is kept: carried out on what Muster takes itself, advice on all else',
  ),
  staleAfterSeconds: z
    .int()
    .nullable()
    .describe('Without a sound recovery point younger than this, the set is stale; null: see its schedule and RPO'),
  excludedTables: z.array(z.string()).describe('Tables that are not compared after a restore'),
  external: externalSchema.nullable().describe('How its points are found and watched; null for the database of Muster'),
  capture: captureDefinitionSchema.nullable().describe('What Muster takes it of; null for all other sets'),
  freshness: z.enum(['fresh', 'stale']),
  staleSince: instant.nullable().describe('When the first of the reasons began'),
  staleReasons: z
    .array(z.object({ code: z.enum(STALE_CODES), since: instant, message: z.string(), slot: instant.nullable() }))
    .describe('Why it is stale: empty while it is fresh'),
  newestSoundPoint: z.object({ id: z.uuid(), takenAt: instant }).nullable(),
  presentCount: z.int(),
  unsoundCount: z.int().describe('Recovery points that are missing, or were found not sound'),
  allReadSince: instant
    .nullable()
    .describe('Every present recovery point was read in full after this instant; null while one never was'),
  oldestUnverified: z
    .object({ id: z.uuid(), since: instant })
    .nullable()
    .describe('The recovery point that lies there longest without ever having been read in full'),
  lastReport: z
    .object({
      id: z.uuid(),
      kind: z.enum(REPORT_KINDS),
      at: instant,
      verdict: z.enum(['damaged']).nullable().describe('A success of 0 bytes is damaged'),
    })
    .nullable()
    .describe('What a backup script said last'),
  services: z.array(z.uuid()).describe('Ids of the services in use that are recovered from it'),
  logArchive: logArchiveSchema
    .nullable()
    .describe("The archived log of Muster's own database, by which any moment since a backup can be restored"),
  retired: retirement,
  version: z.int().describe('Send it as If-Match with a change'),
});

/** @param statuses of `statusOfSets`, of this set at least. */
export function backupSetView(
  set: BackupSet,
  statuses: ReadonlyMap<string, SetStatus>,
): z.input<typeof backupSetSchema> {
  const status = statuses.get(set.id);
  if (status === undefined) throw new Error(`nobody has asked for the status of the set ${set.id}`);
  return {
    ...set,
    excludedTables: [...set.excludedTables],
    staleAfterSeconds: set.staleAfterSeconds ?? null,
    external: set.external === undefined ? null : externalView(set.external),
    capture: set.capture === undefined ? null : captureDefinitionView(set.capture),
    ...statusView(status),
    retired: retirementView(set.retired),
  };
}

function statusView(status: SetStatus) {
  const { newestSoundPoint: sound, oldestUnverified: unverified, lastReport: report } = status;
  return {
    freshness: status.freshness,
    staleSince: status.since?.toString() ?? null,
    staleReasons: status.reasons.map(({ code, since, message, slot }) => ({
      ...{ code, message },
      since: since.toString(),
      slot: slot?.toString() ?? null,
    })),
    newestSoundPoint: sound ? { id: sound.id, takenAt: sound.takenAt.toString() } : null,
    presentCount: status.presentCount,
    unsoundCount: status.unsoundCount,
    allReadSince: status.allReadSince?.toString() ?? null,
    oldestUnverified: unverified ? { id: unverified.id, since: unverified.since.toString() } : null,
    lastReport: report ? { ...report, at: report.at.toString(), verdict: report.verdict ?? null } : null,
    services: [...status.services],
    logArchive: status.logArchive ? logArchiveView(status.logArchive) : null,
  };
}

function retirementView(retired: Retirement | undefined): z.input<typeof retirement> {
  return retired === undefined ? null : { at: retired.at.toString(), reason: retired.reason };
}
