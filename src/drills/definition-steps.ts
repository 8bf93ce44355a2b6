import { z } from 'zod';
import { longText } from '../kernel/text.ts';
import { isRelativePath } from '../verification/manifest.ts';
import { appliesTo } from './definition-applies.ts';
import { group } from './definition-groups.ts';
import { probeSchema } from './definition-http.ts';
import { onError, retry } from './definition-retry.ts';
import { scriptFields } from './definition-script.ts';
import { serveStep } from './definition-serve.ts';
import { ISOLATIONS } from './script/isolation.ts';

/** The longest that one step may take: a day. */
const STEP_TIMEOUT_SECONDS_MAX = 86_400;

const timeoutSeconds = z
  .int()
  .min(1)
  .max(STEP_TIMEOUT_SECONDS_MAX)
  .default(3600)
  .describe('The step fails when it takes longer');

const fetchStep = z
  .strictObject({ step: z.literal('fetch'), timeoutSeconds, retry, group })
  .describe('Copy the recovery point from its repository into the sandbox (phase fetch)');

const verifyStep = z
  .strictObject({
    step: z.literal('verify'),
    level: z
      .enum(['digest', 'structure', 'content'])
      .default('content')
      .describe('How deep: whole-file digests, the archive decoded to its end, or every entry against the manifest'),
    expect: z
      .enum(['sound', 'damaged'])
      .default('sound')
      .describe('damaged: the backup is known to be damaged, and the drill fails unless that is found'),
    timeoutSeconds,
    group,
  })
  .describe(
    'Check the copy; anything but a sound verdict stops the drill here, unless damage is expected (phase verify)',
  );

const relativePath = (meaning: string) =>
  z
    .string()
    .min(1)
    .max(1000)
    .refine(isRelativePath, 'must be a relative path without . or .. or empty parts')
    .describe(meaning);

const extractStep = z
  .strictObject({
    step: z.literal('extract'),
    into: relativePath('A directory of this name takes what is unpacked').optional(),
    only: z
      .array(relativePath('A file of the recovery point'))
      .min(1)
      .max(100)
      .optional()
      .describe(
        'The files of the recovery point that are unpacked; without it all of them, and a directory that another tool made is taken as it is',
      ),
    timeoutSeconds,
    group,
  })
  .describe(
    'Unpack the verified copy into the sandbox: tar and zip, whatever they are packed in; what is in no archive becomes a file (phase restore)',
  );

const postgresStep = z
  .strictObject({
    step: z.literal('postgres'),
    recoverTo: z
      .union(
        [
          z.enum(['restorePoint', 'latest']),
          z.strictObject({ time: z.iso.datetime({ offset: true }).describe('An instant: 2026-11-29T03:00:00Z') }),
        ],
        { error: 'must be restorePoint, latest, or time: with an instant' },
      )
      .default('restorePoint')
      .describe(
        'Of a base backup that Muster took: the moment at which the comparison figures were taken; or, with the archived log beside it, as far as that goes, or an instant',
      ),
    file: relativePath(
      'Of a dump that another tool made: where it lies below what was extracted; not needed where it is the only file',
    ).optional(),
    database: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, 'must be a plain name of a database')
      .default('restored')
      .describe('Of such a dump: the empty database that it is loaded into'),
    unpopulated: z
      .array(z.string().min(3).max(200).describe('schema.view'))
      .max(100)
      .default([])
      .describe('Materialised views that are meant to be without data; any other one without is a failure'),
    isolation: z
      .enum(ISOLATIONS)
      .optional()
      .describe(
        'namespaces (the default): what runs in the server reaches its own files and nothing else; none: it can do whatever Muster can, and the report says so. Left out, Muster’s own database comes back without where the machine has no namespaces',
      ),
    timeoutSeconds,
    onError,
    appliesTo,
    group,
  })
  .describe(
    'Start a scratch PostgreSQL server: on the unpacked base backup, which it recovers, or on a new cluster, into which a dump is loaded (phase restore)',
  );

const sqliteStep = z
  .strictObject({
    step: z.literal('sqlite'),
    file: relativePath(
      'Where the database lies below what was extracted; not needed where it is the only file',
    ).optional(),
    timeoutSeconds,
    onError,
    appliesTo,
    group,
  })
  .describe('Open the restored SQLite database read-only, and have SQLite check its integrity (phase restore)');

const runStep = z
  .strictObject({ step: z.literal('run'), ...scriptFields, timeoutSeconds, retry, onError, appliesTo, group })
  .describe(
    'Carry out a script on what was restored, which it finds in $RESTORED; a scratch server is reached by psql’s own variables (phase restore)',
  );

const httpStep = probeSchema({ step: z.literal('http'), onError, appliesTo, group }).describe(
  'Ask over HTTP what the run itself serves, or an allowed address, until the answer is as expected (phase restore)',
);

const waitStep = z
  .strictObject({
    step: z.literal('wait'),
    seconds: z.int().min(1).max(STEP_TIMEOUT_SECONDS_MAX).describe('How long'),
    timeoutSeconds,
    appliesTo,
    group,
  })
  .refine((step) => step.seconds <= step.timeoutSeconds, {
    path: ['seconds'],
    message: 'must not be longer than timeoutSeconds',
  })
  .describe('Wait: for something that takes its time in a real recovery as well (phase restore)');

const manualStep = z
  .strictObject({
    step: z.literal('manual'),
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens, 63 at most')
      .describe('What the confirmation names it by'),
    instructions: longText(4000).describe('What a person has to do, and what to look at before it is confirmed'),
    timeoutSeconds,
    appliesTo,
    group,
  })
  .describe('A named person does something and confirms it, with a note (phase restore)');

/** One step of a drill. */
export const stepSchema = z.discriminatedUnion('step', [
  fetchStep,
  verifyStep,
  extractStep,
  postgresStep,
  sqliteStep,
  runStep,
  serveStep,
  httpStep,
  waitStep,
  manualStep,
]);

export type DrillStep = z.infer<typeof stepSchema>;

/** One kind of step. */
export type StepOf<Name extends DrillStep['step']> = Extract<DrillStep, { step: Name }>;
