import type { z } from 'zod';
import type { captureSchema, checkSchema, pointSchema } from './backup.views.ts';
import type { backupSetSchema, repositorySchema } from './backup-set.views.ts';
import type { newCapturedSetSchema } from './capture/captured-set.ts';
import type { newExternalSetSchema } from './external/external-set.ts';
import type { newRepositorySchema } from './external/repository.ts';

// One story for the whole reference: Muster's own database, backed up in the night and found sound.

const SET_ID = '019aab2c-45e7-7d19-a0c6-1f8b3d5e7a92';
const POINT_ID = '019aab2c-52b3-7c8e-b1d4-7a6f5e4d3c2b';
const JOB_ID = '019aab2c-8f31-7b0a-8a44-2c9d7e5f0b62';

export const REPOSITORY: z.input<typeof repositorySchema> = {
  id: '019aab2c-40a1-7e5f-9b3c-8d7e6f5a4b3c',
  name: '/var/lib/muster/backups',
  kind: 'local',
  root: '/var/lib/muster/backups',
  place: null,
  writable: true,
  workerTag: 'default',
  identityKind: 'sentinel',
  identity: '019aab2c-3fe0-7b11-8c22-9d33e44f5566',
  locationId: null,
  readersMax: 1,
  bytesPerSecondMax: null,
  seenAt: '2026-11-22T02:30:02.011Z',
  tested: null,
  unavailable: null,
  retired: null,
  version: 1,
};

export const NEW_REPOSITORY = {
  name: 'File server, backups of the databases',
  root: '/mnt/backups/databases',
  writable: false,
  workerTag: 'vault-1',
  locationId: '019aab2c-2b01-7f00-8a51-2b6f4d9e0c3d',
  readersMax: 1,
  bytesPerSecondMax: 104_857_600,
} satisfies z.input<typeof newRepositorySchema>;

export const RETIRED = { at: '2026-11-22T10:00:00Z', reason: 'Its machine was taken out of service' };

export const SET: z.input<typeof backupSetSchema> = {
  id: SET_ID,
  name: 'muster-database',
  repositoryId: REPOSITORY.id,
  kind: 'postgresql',
  retention: { minimumCopies: 7, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 },
  staleAfterSeconds: 93_600,
  excludedTables: [],
  external: null,
  capture: null,
  freshness: 'fresh',
  staleSince: null,
  staleReasons: [],
  newestSoundPoint: { id: POINT_ID, takenAt: '2026-11-22T02:30:04.318Z' },
  presentCount: 7,
  unsoundCount: 0,
  allReadSince: '2026-11-21T04:00:09.512Z',
  oldestUnverified: null,
  lastReport: null,
  services: ['019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11'],
  logArchive: {
    ...{ state: 'archiving', begunAt: '2026-11-15T09:12:44.201Z', behindBytes: 4096, failure: null, gap: null },
    check: {
      at: '2026-11-22T03:17:05.882Z',
      verdict: 'sound',
      findings: [],
      segmentsChecked: 31,
      bytesRead: 41_943_040,
    },
  },
  retired: null,
  version: 1,
};

export const NEW_SET = {
  name: 'orders-dumps',
  repositoryId: '019aab2c-40a1-7e5f-9b3c-8d7e6f5a4b3c',
  pattern: 'orders/%Y-%m-%d.dump',
  layout: 'file',
  timeSource: 'name',
  zone: 'Europe/Berlin',
  schedule: { cron: '30 2 * * *', graceSeconds: 7200 },
  rpoSeconds: 93_600,
  expectedFormat: 'pg-custom',
  digestSource: 'api',
  minimumBytes: 1_048_576,
  settleSeconds: 60,
  fullReadDays: 30,
  window: { from: '22:00', until: '06:00' },
  description: 'pg_dump of the order database, by cron on its machine',
  ownerId: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d',
} satisfies z.input<typeof newExternalSetSchema>;

const { name: _name, repositoryId: _repository, ownerId: OWNER_ID, ...DEFINITION } = NEW_SET;

export const EXTERNAL_SET: z.input<typeof backupSetSchema> = {
  ...SET,
  id: '019aab2c-a4c1-7f6d-8b12-9e0f1a2b3c4d',
  name: NEW_SET.name,
  repositoryId: NEW_SET.repositoryId,
  kind: 'external',
  staleAfterSeconds: null,
  external: { ...DEFINITION, owner: { id: OWNER_ID, kind: 'team', name: 'Database operations' }, listedAt: null },
  freshness: 'stale',
  staleSince: '2026-11-22T09:30:00Z',
  staleReasons: [
    {
      code: 'no-sound-point',
      since: '2026-11-22T09:30:00Z',
      message: 'No recovery point was found sound yet',
      slot: null,
    },
  ],
  newestSoundPoint: null,
  presentCount: 0,
  allReadSince: null,
  services: [],
  logArchive: null,
};

export const NEW_CAPTURED_SET = {
  name: 'intranet-database',
  repositoryId: REPOSITORY.id,
  source: { type: 'sqlite', path: '/srv/intranet/intranet.sqlite' },
  zone: 'Europe/Berlin',
  schedule: { cron: '15 1 * * *', graceSeconds: 3600 },
  rpoSeconds: 93_600,
  minimumBytes: null,
  fullReadDays: 30,
  window: null,
  description: 'The database of the intranet, copied while it is in use',
  recipients: ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'],
  bytesPerSecondMax: null,
  ownerId: NEW_SET.ownerId,
} satisfies z.input<typeof newCapturedSetSchema>;

export const CAPTURED_SET: z.input<typeof backupSetSchema> = {
  ...EXTERNAL_SET,
  id: '019aab2c-b7d2-7a0e-9c23-0f1a2b3c4d5e',
  name: NEW_CAPTURED_SET.name,
  repositoryId: REPOSITORY.id,
  kind: 'capture',
  external: EXTERNAL_SET.external && {
    ...EXTERNAL_SET.external,
    pattern: 'intranet-database/%Y%m%dT%H%M%SZ-*',
    layout: 'directory',
    timeSource: 'manifest',
    digestSource: 'manifest',
    expectedFormat: null,
    schedule: NEW_CAPTURED_SET.schedule,
    minimumBytes: null,
    window: null,
    description: NEW_CAPTURED_SET.description,
  },
  capture: {
    source: NEW_CAPTURED_SET.source,
    recipients: NEW_CAPTURED_SET.recipients,
    bytesPerSecondMax: null,
    hasPassword: false,
  },
};

export const POINT: z.input<typeof pointSchema> = {
  id: POINT_ID,
  setId: SET_ID,
  repositoryId: REPOSITORY.id,
  name: '20261122T023002Z-9f86d081',
  method: 'base-backup',
  own: true,
  takenAt: '2026-11-22T02:30:04.318Z',
  finishedAt: '2026-11-22T02:30:05.127Z',
  sizeBytes: 5_242_880,
  digest: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c',
  digestOrigin: null,
  fileCount: null,
  format: null,
  entries: null,
  serverMajor: 18,
  verdict: 'sound',
  verdictAt: '2026-11-22T02:30:06.004Z',
  verifiedLevel: 'content',
  readInFullAt: '2026-11-22T02:30:06.004Z',
  state: 'present',
  stateSince: '2026-11-22T02:30:05.131Z',
};

export const ACCEPTED_POINT: z.input<typeof pointSchema> = {
  ...POINT,
  setId: EXTERNAL_SET.id,
  name: 'orders/2026-11-22.dump',
  method: 'external',
  own: false,
  digest: null,
  fileCount: 1,
  serverMajor: null,
  verdict: null,
  verdictAt: null,
  verifiedLevel: null,
  readInFullAt: null,
};

const RUN = {
  jobId: JOB_ID,
  attempt: 1,
  state: 'done',
  progress: null,
  failure: null,
  startedAt: '2026-11-22T02:30:02.011Z',
  finishedAt: '2026-11-22T02:30:06.004Z',
} as const;

export const CAPTURE: z.input<typeof captureSchema> = {
  ...RUN,
  id: '019aab2c-6d11-7a2b-8c3d-4e5f6a7b8c9d',
  setId: SET_ID,
  pointId: POINT_ID,
  step: 'manifest',
  notes: [{ kind: 'changed', count: 1, names: [{ name: 'log/access.log' }] }],
};

const CHANGED_BYTE = 3_312_077;

export const CHECK: z.input<typeof checkSchema> = {
  ...RUN,
  id: '019aab2c-7e22-7b3c-9d4e-5f6a7b8c9d0e',
  pointId: POINT_ID,
  reason: 'full-read',
  level: 'content',
  verdict: 'sound',
  format: null,
  findings: [],
  filesChecked: 4,
  entriesChecked: 1281,
  bytesRead: 5_242_880,
  decodedBytes: null,
  selfTest: {
    file: 'base.tar.zst',
    offset: CHANGED_BYTE,
    summary: `one byte changed in a copy: found in base.tar.zst at offset ${CHANGED_BYTE}`,
    finding: {
      kind: 'corrupt',
      file: 'base.tar.zst',
      offset: 3_276_800,
      endOffset: 3_342_336,
      message: 'The file is not what the manifest says from byte 3276800 to byte 3342336.',
    },
  },
};
