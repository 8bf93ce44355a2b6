import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText, longText } from '../../kernel/text.ts';
import { isZone } from '../../kernel/zone.ts';

/** `file`: each matching file is a point. `files`: all files of one time are one. `directory`: each matching directory is one. */
export const LAYOUTS = ['file', 'files', 'directory'] as const;

/** Where the instant of a point's data is read: in its name, in a manifest inside, or from the time of its last change. */
export const TIME_SOURCES = ['name', 'manifest', 'mtime'] as const;

/** Who says what the bytes must be: a list or manifest beside them, whoever registers the point, or nobody. */
export const DIGEST_SOURCES = ['manifest', 'api', 'none'] as const;

/** What is known of the backups that another tool makes: how to find them, how old they may be, how often they are read. */
export interface ExternalDefinition {
  /** Path from the repository's root, with `*`, `?`, `**` and the time as `date` writes it: `db/app-%Y%m%d.dump`. */
  readonly pattern: string;
  readonly layout: (typeof LAYOUTS)[number];
  readonly timeSource: (typeof TIME_SOURCES)[number];
  /** IANA name: times in names, the schedule and the daily window are read in it. */
  readonly zone: string;
  /** When a backup is expected, and how much later it may be there. */
  readonly schedule: { readonly cron: string; readonly graceSeconds: number } | undefined;
  /** Of the data: without a sound point younger than this, the set is stale. */
  readonly rpoSeconds: number | undefined;
  /** As a check names it (`tar.gz`, `pg-custom`); another one is a finding. */
  readonly expectedFormat: string | undefined;
  readonly digestSource: (typeof DIGEST_SOURCES)[number];
  /** A point of fewer bytes is damaged. */
  readonly minimumBytes: number | undefined;
  /** A point is taken for whole once it stood still for so long. */
  readonly settleSeconds: number;
  /** Every point is read in full at least this often; undefined: only on arrival and on demand. */
  readonly fullReadDays: number | undefined;
  /** Full reads begin in it only, every day; `22:00` to `06:00` spans midnight. */
  readonly window: { readonly from: string; readonly until: string } | undefined;
  readonly description: string;
  readonly owner: { readonly id: string; readonly kind: 'person' | 'team'; readonly name: string };
  /** When discovery last listed its points. */
  readonly listedAt: Temporal.Instant | undefined;
}

/** A thousand terabytes: more than anybody counts here. */
export const BYTES_MAX = 1_000_000_000_000_000;

const SET_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;
const seconds = (min: number, max: number) => z.int().min(min).max(max);
const timeOfDay = z.string().regex(TIME_OF_DAY, 'must be a time of day, as in 22:00').max(5);

const TEN_YEARS_SECONDS = 315_576_000;

/** What can be said of any set that is watched. */
export const watchFields = {
  name: z
    .string()
    .regex(SET_NAME, 'must be lower-case letters, digits and hyphens inside, 63 at most')
    .describe('Unique among backup sets'),
  zone: z
    .string()
    .max(60)
    .refine(isZone, { message: 'is no time zone: use an IANA name such as Europe/Berlin' })
    .describe('IANA name: times in names, the schedule and the daily window are read in it'),
  schedule: z
    .strictObject({ cron: z.string().min(1).max(100), graceSeconds: seconds(0, 31_622_400) })
    .nullable()
    .describe('When a backup is expected (five fields), and how much later it may be there'),
  rpoSeconds: seconds(60, TEN_YEARS_SECONDS)
    .nullable()
    .describe('Without a sound recovery point whose data is younger than this, the set is stale'),
  minimumBytes: z.int().min(1).max(BYTES_MAX).nullable().describe('A point of fewer bytes is damaged'),
  fullReadDays: z
    .int()
    .min(1)
    .max(3660)
    .nullable()
    .describe('Every point is read in full at least this often; null: on arrival and on demand only'),
  window: z
    .strictObject({ from: timeOfDay, until: timeOfDay })
    .refine(({ from, until }) => from !== until, { path: ['until'], message: 'must not be when the window begins' })
    .nullable()
    .describe('Full reads begin in it only, every day; 22:00 to 06:00 spans midnight'),
  description: longText(1000).describe('What is backed up, by what, and whom to ask'),
  ownerId: z.uuid().toLowerCase().describe('The person or team that answers for it'),
};

const fields = {
  ...watchFields,
  pattern: z
    .string()
    .min(1)
    .max(1000)
    .describe(
      'Path from the root of the repository, with *, ?, ** and the time as `date` writes it: db/app-%Y%m%d.dump',
    ),
  layout: z.enum(LAYOUTS).describe('What one recovery point is: a file, all files of one time, or a directory'),
  timeSource: z.enum(TIME_SOURCES).describe('Where the instant of the data is read'),
  expectedFormat: lineText(100)
    .nullable()
    .describe('As a check names it (tar.gz, pg-custom); another one is a finding'),
  digestSource: z.enum(DIGEST_SOURCES).describe('Who says what the bytes must be'),
  settleSeconds: seconds(1, 86_400).describe('A point is taken for whole once it stood still for so long'),
};

/** Without one of them nobody would know when a set is too old. */
export const NO_CLOCK = 'must be stated where no schedule is: nobody would know when the set is too old';

/** A new set of backups that another tool makes. */
export const newExternalSetSchema = z
  .strictObject({
    ...fields,
    repositoryId: z.uuid().toLowerCase().describe('The repository where they lie'),
    layout: fields.layout.default('file'),
    timeSource: fields.timeSource.default('name'),
    schedule: fields.schedule.default(null),
    rpoSeconds: fields.rpoSeconds.default(null),
    expectedFormat: fields.expectedFormat.default(null),
    digestSource: fields.digestSource.default('none'),
    minimumBytes: fields.minimumBytes.default(null),
    settleSeconds: fields.settleSeconds.default(60),
    fullReadDays: fields.fullReadDays.default(30),
    window: fields.window.default(null),
    description: fields.description.default(''),
  })
  .refine(({ schedule, rpoSeconds }) => schedule !== null || rpoSeconds !== null, {
    path: ['rpoSeconds'],
    message: NO_CLOCK,
  });

/** A change of such a set: what is named replaces what was there. Its points stay where they are, so its repository does, too. */
export const externalSetChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type NewExternalSet = z.infer<typeof newExternalSetSchema>;
export type ExternalSetChange = z.infer<typeof externalSetChangeSchema>;
/** Everything that can be said about a set. */
export type ExternalSetState = Omit<NewExternalSet, 'repositoryId'>;
