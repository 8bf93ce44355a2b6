import { z } from 'zod';
import { appliesTo } from './definition-applies.ts';
import { group } from './definition-groups.ts';
import { onError } from './definition-retry.ts';
import { scriptFields } from './definition-script.ts';

/** A script that goes on while the steps after it are carried out. */
export const serveStep = z
  .strictObject({
    step: z.literal('serve'),
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens, 63 at most')
      .describe('What http steps and checks call it'),
    ...scriptFields,
    timeoutSeconds: z.int().min(1).max(3600).default(60).describe('It must listen by then'),
    onError,
    appliesTo,
    group,
  })
  .describe(
    'Start a script that serves HTTP on what was restored, on the UNIX socket $HTTP_SOCKET; it runs until the run ends (phase restore)',
  );
