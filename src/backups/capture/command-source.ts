import { z } from 'zod';
import { lineText } from '../../kernel/text.ts';

const ARGUMENTS_MAX = 50;
const ARGUMENT_LENGTH_MAX = 1000;
const DAY_SECONDS = 86_400;

/** A plain name: no slash, nothing hidden, nothing that looks like an option. */
const PLAIN_NAME = /^[A-Za-z0-9_][A-Za-z0-9._+-]{0,99}$/;

/** Names that lie in every recovery point already. */
const TAKEN_NAMES: readonly string[] = ['manifest.json', 'record.json'];

const argument = z
  .string()
  .max(ARGUMENT_LENGTH_MAX)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), { message: 'must be text without NUL' });

/** The standard output of a program that the administrator has put ready. */
export const commandSource = z.strictObject({
  type: z.literal('command'),
  program: z
    .string()
    .regex(PLAIN_NAME, 'must be the name of a file in the directory of commands: no slash, not hidden')
    .describe('An executable in the directory of commands (MUSTER_COMMAND_DIR) of the worker'),
  arguments: z
    .array(argument)
    .max(ARGUMENTS_MAX)
    .default([])
    .describe(
      'Given as they are; no shell reads them. They are no place for secrets: everybody who reads the set sees them',
    ),
  fileName: z
    .string()
    .regex(PLAIN_NAME, 'must be the plain name of a file')
    .refine((name) => !TAKEN_NAMES.includes(name), { message: 'is a file that every recovery point has already' })
    .describe('What its output is called; packing adds .gz or .zst, and encryption .age'),
  packing: z.enum(['none', 'gzip', 'zstd']).default('none').describe('How Muster packs the output'),
  expectedFormat: lineText(100)
    .nullable()
    .default(null)
    .describe('What the output must be, as a check names it (postgres-sql, tar, sqlite); null: anything'),
  timeLimitSeconds: z
    .int()
    .min(1)
    .max(DAY_SECONDS)
    .default(14_400)
    .describe('A program that takes longer is ended, and nothing was captured'),
});
