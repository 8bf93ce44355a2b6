import { posix } from 'node:path';
import { z } from 'zod';
import { lineText } from '../../kernel/text.ts';
import { areCredentialsFor, remoteCredentialsSchema, remotePlaceSchema } from '../remote/remote-place.ts';
import { BYTES_MAX } from './external-set.ts';

/** What a worker's tag looks like, as the configuration of workers takes it. */
const WORKER_TAG = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;

const root = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => text.startsWith('/') && text.isWellFormed() && !/\p{Cc}/u.test(text), {
    message: 'must be an absolute path without control characters',
  })
  .refine((text) => text === '/' || (posix.normalize(text) === text && !text.endsWith('/')), {
    message: 'must be written plainly: no `.`, `..`, doubled or final slash',
  });

const fields = {
  name: lineText(200).describe('Unique among repositories'),
  root: root
    .optional()
    .describe('Absolute path of its directory, as the workers of its tag see it; not of one on another machine'),
  place: remotePlaceSchema.optional().describe('Where it is, of one on another machine'),
  credentials: remoteCredentialsSchema
    .optional()
    .describe('What is needed to log in there; stored sealed, and never shown'),
  writable: z.boolean().describe('Muster may put backups of its own there; into others it never writes'),
  workerTag: z
    .string()
    .regex(WORKER_TAG, 'must be lower-case letters, digits and hyphens inside, 32 at most')
    .describe('Only workers of this tag see the directory'),
  locationId: z.uuid().toLowerCase().nullable().describe('Where it stands: a location in use'),
  readersMax: z.int().min(1).max(16).describe('So many checks read it at the same time'),
  bytesPerSecondMax: z
    .int()
    .min(65_536)
    .max(BYTES_MAX)
    .nullable()
    .describe('All its readers together read no faster, and no upload is faster; null: as fast as they can'),
};

/** A new repository: a directory, or a place on another machine. */
export const newRepositorySchema = z
  .strictObject({
    ...fields,
    writable: fields.writable.default(false),
    workerTag: fields.workerTag.default('default'),
    locationId: fields.locationId.default(null),
    readersMax: fields.readersMax.default(1),
    bytesPerSecondMax: fields.bytesPerSecondMax.default(null),
  })
  .refine(({ root: directory, place }) => (directory === undefined) !== (place === undefined), {
    path: ['root'],
    message: 'must be given, or `place` of a repository on another machine, and not both',
  })
  .refine(({ place, credentials }) => (place === undefined) === (credentials === undefined), {
    path: ['credentials'],
    message: 'must be given with `place`, and only with it',
  })
  .refine(({ place, credentials }) => !place || !credentials || areCredentialsFor(place, credentials), {
    path: ['credentials'],
    message: 'must be of the kind of the place',
  });

/** A change of a repository: what is named replaces what was there. */
export const repositoryChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

/** The order of a connection test. */
export const connectionOrderSchema = z
  .strictObject({
    acceptIdentity: z
      .boolean()
      .default(false)
      .describe('Take the directory that is found there for this repository, although it is another one than before'),
    reason: lineText(500).optional().describe('Why: needed with acceptIdentity, kept in the audit trail'),
  })
  .refine((order) => !order.acceptIdentity || order.reason !== undefined, {
    path: ['reason'],
    message: 'must say why another directory is accepted',
  });

export type NewRepository = z.infer<typeof newRepositorySchema>;
export type RepositoryChange = z.infer<typeof repositoryChangeSchema>;
export type ConnectionOrder = z.infer<typeof connectionOrderSchema>;
