import { z } from 'zod';
import { defineWrite, type Route } from '../http/route.ts';
import { type ImportedPersons, importPersons } from './person-import.service.ts';
import { IMPORT_COLUMNS } from './person-import.ts';

/** The import of persons from CSV. */
export const personImportRoutes = (): Route[] => [importRoute];

/** Mistakes that an answer lists; the number says how many there are. */
const PROBLEMS_MAX = 200;

const importView = z.object({
  isApplied: z.boolean(),
  created: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  refused: z.int().describe('Lines with a problem; a line that cannot be read at all is among the problems only'),
  lines: z.array(
    z.object({
      line: z.int(),
      email: z.string(),
      name: z.string(),
      outcome: z.enum(['create', 'change', 'unchanged', 'refused']),
      changes: z
        .array(z.object({ column: z.enum(IMPORT_COLUMNS), before: z.string(), after: z.string() }))
        .describe('What differs from what is there, as a cell states it'),
    }),
  ),
  problems: z
    .array(z.object({ line: z.int(), column: z.string().nullable(), message: z.string() }))
    .max(PROBLEMS_MAX)
    .describe('In the order of their lines; without a column: about the line as a whole'),
  problemCount: z.int(),
});

function viewOf({ isApplied, lines, problems }: ImportedPersons): z.input<typeof importView> {
  const count = (outcome: (typeof lines)[number]['outcome']) => lines.filter((line) => line.outcome === outcome).length;
  return {
    isApplied,
    created: count('create'),
    changed: count('change'),
    unchanged: count('unchanged'),
    refused: count('refused'),
    lines: lines.map(({ line, email, name, outcome, changes }) => ({
      ...{ line, email, name, outcome },
      changes: [...changes],
    })),
    problems: problems.slice(0, PROBLEMS_MAX).map(({ line, column = null, message }) => ({ line, column, message })),
    problemCount: problems.length,
  };
}

const EXAMPLE_CELLS = {
  email: 'duty@example.org',
  name: 'Duty technician',
  functions: 'technical expert',
  contacts: 'mobile: +86 21 5555 0100 (only at night) | chat: @duty',
  skills: 'database: expert from 2025-01-01 until 2028-01-01',
  teams: 'Database operations',
};

const importRoute = defineWrite({
  tag: 'people',
  method: 'post',
  path: '/persons/import',
  operationId: 'importPersons',
  summary:
    'Import persons with profiles and teams from CSV: first what it would do, then with apply all of it or nothing',
  permission: 'people.write',
  errors: ['person-lines-invalid', 'last-administrator', 'principal-name-taken', 'email-taken'],
  body: z.strictObject({
    csv: z
      .string()
      .min(1)
      .max(500_000)
      .describe(
        `The column email says who is meant; others are ${IMPORT_COLUMNS.slice(1).join(', ')}. ` +
          'Entries of a cell are separated by |. An empty cell leaves what is there, - empties it',
      ),
    apply: z.boolean().default(false).describe('False: only say what it would do'),
  }),
  response: importView,
  examples: {
    body: { csv: `${Object.keys(EXAMPLE_CELLS).join()}\n${Object.values(EXAMPLE_CELLS).join()}\n`, apply: true },
    response: {
      ...{ isApplied: true, created: 0, changed: 1, unchanged: 0, refused: 0 },
      lines: [
        {
          line: 2,
          email: 'duty@example.org',
          name: 'Duty technician',
          outcome: 'change',
          changes: [
            {
              column: 'skills',
              before: 'database: skilled from 2025-01-01 until 2026-01-01',
              after: 'database: expert from 2025-01-01 until 2028-01-01',
            },
          ],
        },
      ],
      problems: [],
      problemCount: 0,
    },
  },
  handle: async (request) => ({ body: viewOf(await importPersons(request.tx, request, request.body)) }),
});
