import { posix } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../kernel/errors.ts';
import { BYTES_MAX, NO_CLOCK, watchFields } from '../external/external-set.ts';
import { parsePattern } from '../external/point-pattern.ts';
import { commandSource } from './command-source.ts';
import { passwordSchema, postgresqlSource } from './postgresql-source.ts';
import { recipientsSchema } from './recipients.ts';

/** What Muster takes the backups of a set from, and how. */
export interface CaptureDefinition {
  readonly source: CaptureSource;
  /** age recipients (`age1...`): what is stored is encrypted to all of them. Empty: it is not encrypted. */
  readonly recipients: readonly string[];
  /** Read no faster from the source; undefined: as fast as it goes. */
  readonly bytesPerSecondMax: number | undefined;
  /** The source asks for a password, and one is stored. */
  readonly hasPassword: boolean;
}

const absolutePath = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => text.startsWith('/') && text.isWellFormed() && !/\p{Cc}/u.test(text), {
    message: 'must be an absolute path without control characters',
  })
  .refine((text) => posix.normalize(text) === text && (text === '/' || !text.endsWith('/')), {
    message: 'must be written plainly: no `.`, `..`, doubled or final slash',
  });

const sqliteSource = z.strictObject({
  type: z.literal('sqlite'),
  path: absolutePath.describe('The database file, as the workers of the repository see it; it may be in use'),
});

/** One pattern of names that are left out, in the syntax of {@link parsePattern}. */
const exclusionSchema = z
  .string()
  .max(1000)
  .superRefine((text, context) => {
    try {
      parsePattern(text);
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      context.addIssue({ code: 'custom', message: thrown.message });
    }
  });

const directorySource = z.strictObject({
  type: z.literal('directory'),
  path: absolutePath.describe('The directory, as the workers of the repository see it'),
  format: z
    .enum(['tar.zst', 'tar.gz', 'zip'])
    .default('tar.zst')
    .describe('How it is packed; a zip keeps no hard links and no times before 1980 for all its readers'),
  exclude: z
    .array(exclusionSchema)
    .max(100)
    .default([])
    .describe(
      'Names that are left out with all below them: paths from the directory with `*`, `?`, and `**` for any depth',
    ),
  oneFileSystem: z.boolean().default(true).describe('What is mounted below the directory is left out'),
});

/** What a backup can be taken of. */
export const captureSourceSchema = z.discriminatedUnion('type', [
  directorySource,
  sqliteSource,
  commandSource,
  postgresqlSource,
]);

export type CaptureSource = Readonly<z.infer<typeof captureSourceSchema>>;

/** One kind of source. */
export type CaptureSourceOf<Type extends CaptureSource['type']> = Extract<CaptureSource, { type: Type }>;

const fields = {
  ...watchFields,
  source: captureSourceSchema.describe('What the backups are taken of'),
  recipients: recipientsSchema,
  password: passwordSchema,
  bytesPerSecondMax: z
    .int()
    .min(65_536)
    .max(BYTES_MAX)
    .nullable()
    .describe('The source is read no faster; null: as fast as it goes'),
};

/** A new set of backups that Muster takes. */
export const newCapturedSetSchema = z
  .strictObject({
    ...fields,
    repositoryId: z.uuid().toLowerCase().describe('The writable repository where they go'),
    schedule: fields.schedule.default(null),
    rpoSeconds: fields.rpoSeconds.default(null),
    minimumBytes: fields.minimumBytes.default(null),
    fullReadDays: fields.fullReadDays.default(30),
    window: fields.window.default(null),
    description: fields.description.default(''),
    recipients: fields.recipients.default([]),
    bytesPerSecondMax: fields.bytesPerSecondMax.default(null),
    password: fields.password.optional(),
  })
  .refine(({ schedule, rpoSeconds }) => schedule !== null || rpoSeconds !== null, {
    path: ['rpoSeconds'],
    message: NO_CLOCK,
  });

const { name: _name, ...changeable } = fields;

/** A change of such a set. Its name is that of its directory, so it stays; so does its repository. */
export const capturedSetChangeSchema = z
  .strictObject(changeable)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type NewCapturedSet = z.infer<typeof newCapturedSetSchema>;
export type CapturedSetChange = z.infer<typeof capturedSetChangeSchema>;
/** Everything that can be said about such a set. */
export type CapturedSetState = Omit<NewCapturedSet, 'repositoryId' | 'password'>;

/** Where the points of such a set lie in its repository: directories that are named by the time of their capture. */
export const capturedPattern = (setName: string) => `${setName}/%Y%m%dT%H%M%SZ-*`;
