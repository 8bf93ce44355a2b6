import { z } from 'zod';
import { checkSchema, checkView } from '../backup.views.ts';
import type { CheckOfPoint } from '../run.queries.ts';
import type { RepositoryVerification, SetExposure } from './exposure.queries.ts';

export const pointCheckSchema = checkSchema.extend({
  setId: z.uuid(),
  pointName: z.string(),
  pointBytes: z.int().describe('Size of the point now'),
  durationSeconds: z.number().nullable().describe('Null while it runs'),
  bytesPerSecond: z.number().nullable().describe('Over the whole check; null while it runs or when nothing was read'),
});

export function pointCheckView(check: CheckOfPoint): z.input<typeof pointCheckSchema> {
  const { setId, pointName, pointBytes, bytesRead = 0, startedAt, finishedAt } = check;
  const durationSeconds = finishedAt === undefined ? null : startedAt.until(finishedAt).total('seconds');
  const isMeasured = durationSeconds !== null && durationSeconds > 0 && bytesRead > 0;
  const bytesPerSecond = isMeasured ? bytesRead / durationSeconds : null;
  return { ...checkView(check), setId, pointName, pointBytes, durationSeconds, bytesPerSecond };
}

const warningSchema = z.object({
  kind: z.enum(['unreachable', 'overdue', 'longer-than-retention', 'never-read-again']),
  message: z.string(),
});

const exposureSchema = z.object({
  setId: z.uuid(),
  setName: z.string(),
  presentCount: z.int(),
  sizeBytes: z.int(),
  overdueCount: z.int().describe('Points that were not read in full within the days of the policy'),
  fullReadDays: z.int().nullable(),
  bytesPerDay: z.number().nullable().describe('What window and rate allow; null while no rate is known'),
  roundDays: z
    .number()
    .nullable()
    .describe('How long one round over all points takes, sets of the same hours included'),
  isReachable: z
    .boolean()
    .nullable()
    .describe('Every point can be read in full within the days of the policy; null while that cannot be told'),
  unseenSeconds: z.number().describe('The longest time that damage could have gone unseen until now'),
  unseenSecondsMax: z
    .number()
    .nullable()
    .describe('The longest that it will be under the policy; null: nothing bounds it'),
  retentionSeconds: z.number().nullable().describe('The span that the present points go back over'),
  warnings: z.array(warningSchema),
});

export const verificationSchema = z.object({
  bytesPerSecond: z.number().nullable().describe('The lower of the limit and the rate of the latest checks'),
  dueCount: z.int().describe('Points that are due for a check now'),
  readerCount: z.int().describe('Jobs that read the repository now'),
  sets: z.array(exposureSchema),
});

export function verificationView(standing: RepositoryVerification): z.input<typeof verificationSchema> {
  const { bytesPerSecond = null, dueCount, readerCount, sets } = standing;
  return { bytesPerSecond, dueCount, readerCount, sets: sets.map(exposureView) };
}

function exposureView({ set, present, forecast, exposure }: SetExposure): z.input<typeof exposureSchema> {
  const { sizeBytes, fullReadDays, bytesPerDay, roundDays, isReachable } = forecast;
  return {
    ...{ setId: set.id, setName: set.name, presentCount: present.count, overdueCount: present.overdueCount },
    ...{ sizeBytes, fullReadDays: fullReadDays ?? null, bytesPerDay: bytesPerDay ?? null },
    ...{ roundDays: roundDays ?? null, isReachable: isReachable ?? null, unseenSeconds: exposure.unseenSeconds },
    unseenSecondsMax: exposure.unseenSecondsMax ?? null,
    retentionSeconds: exposure.retentionSeconds ?? null,
    warnings: exposure.warnings.map((warning) => ({ ...warning })),
  };
}
