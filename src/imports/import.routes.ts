import { z } from 'zod';
import type { Principal } from '../auth/principal.ts';
import { pageOf, pageQuery, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineDocument, defineRead, defineUpload, defineWrite, type Route } from '../http/route.ts';
import { AppError } from '../kernel/errors.ts';
import { lineText } from '../kernel/text.ts';
import type { JobQueue } from '../scheduling/queue.ts';
import { requireApplicable } from './apply-import.service.ts';
import { errorsCsv } from './errors-csv.ts';
import { ENCODINGS } from './file-form.ts';
import { importById, importLines, listImports } from './import.queries.ts';
import { OUTCOMES } from './import.ts';
import {
  DELIMITER_WORDS,
  IMPORT_EXAMPLE,
  importSchema,
  importView,
  kindParameter,
  LINE_EXAMPLE,
  lineSchema,
  lineView,
  MARK_WORDS,
} from './import.views.ts';
import { APPLY_IMPORT_JOB, CHECK_IMPORT_JOB } from './import-job-name.ts';
import { mappingNamed } from './import-mapping.store.ts';
import { kindNamed } from './kinds/kinds.ts';
import { readImport } from './read-import.service.ts';

export interface ImportRoutesDeps {
  readonly queue: JobQueue;
  /** The largest file, in bytes; asked when one comes. */
  readonly bytesMax: () => number;
}

/** Rows from files: what each line would do, then all of it or nothing. */
export const importRoutes = (deps: ImportRoutesDeps): Route[] => [
  upload(deps),
  imports,
  getImport,
  lines,
  errors,
  apply(deps),
];

const common = { tag: 'imports', permission: 'import.operate' } as const;

/** Whoever brings something in must be allowed to write it by hand. */
function requireKind(principal: Principal, kind: string): void {
  const { writePermission } = kindNamed(kind);
  if (principal.permissions.has(writePermission)) return;
  throw new AppError('forbidden', 'permission-missing', `Importing ${kind} needs the permission ${writePermission}`);
}

const upload = ({ queue, bytesMax }: ImportRoutesDeps) =>
  defineUpload({
    ...common,
    path: '/imports',
    operationId: 'uploadImport',
    summary: 'Send a CSV file in: it is read and then checked, and changes nothing until it is applied',
    errors: [
      'unsuitable-encoding',
      'unsuitable-headers',
      'unsuitable-defaults',
      'no-lines',
      'no-such-mapping',
      'import-too-large',
    ],
    accepts: ['text/csv'],
    query: z.strictObject({
      kind: kindParameter,
      fileName: lineText(255).default('upload.csv').describe('What the file is called'),
      mapping: lineText(80).optional().describe('A mapping of headers that is kept under this name'),
      encoding: z.enum(ENCODINGS).optional().describe('Recognised, unless stated'),
      delimiter: z.enum(['comma', 'semicolon', 'tab']).optional().describe('Recognised, unless stated'),
      decimalMark: z.enum(['point', 'comma']).optional().describe('Recognised, unless stated'),
    }),
    response: importSchema,
    examples: {
      response: { ...IMPORT_EXAMPLE, state: 'read', creates: 0, updates: 0, unchanged: 0, errors: 0, checkedAt: null },
    },
    handle: async (request) => {
      const { db, query, content } = request;
      requireKind(request.principal, query.kind);
      const mapping = query.mapping === undefined ? undefined : await mappingNamed(db, query.kind, query.mapping);
      const { encoding, delimiter, decimalMark } = query;
      const id = await readImport(db, request, {
        kind: kindNamed(query.kind),
        fileName: query.fileName,
        content,
        form: {
          encoding,
          delimiter: delimiter && DELIMITER_WORDS[delimiter],
          decimalMark: decimalMark && MARK_WORDS[decimalMark],
        },
        mapping: mapping && { ...mapping, isReady: mapping.id === null },
        bytesMax: bytesMax(),
      });
      await db.transaction((tx) => queue.enqueue(tx, CHECK_IMPORT_JOB, { importId: id }));
      return { body: importView(await importById(db, id)), location: `/imports/${id}` };
    },
  });

const imports = defineRead({
  ...common,
  path: '/imports',
  operationId: 'listImports',
  summary: 'Files that were sent in, newest first',
  query: pageQuery.extend({ kind: kindParameter.optional() }),
  response: pageSchema(importSchema),
  examples: { response: { items: [IMPORT_EXAMPLE], next: null } },
  handle: async ({ db, query }) => {
    const page = pageOf(await listImports(db, { ...query, limit: query.limit + 1 }), query.limit, ({ id }) => id);
    return { body: { items: page.items.map(importView), next: page.next } };
  },
});

const getImport = defineRead({
  ...common,
  path: '/imports/{id}',
  operationId: 'getImport',
  summary: 'One file: how it was understood, what it would do or did, and how far it is',
  errors: ['no-such-import'],
  params: idParams,
  response: importSchema,
  examples: { response: IMPORT_EXAMPLE },
  handle: async ({ db, params }) => ({ body: importView(await importById(db, params.id)) }),
});

const lines = defineRead({
  ...common,
  path: '/imports/{id}/lines',
  operationId: 'listImportLines',
  summary: 'The lines of a file in their order, with what each would do or did',
  errors: ['no-such-import'],
  params: idParams,
  query: pageQueryBy(z.int().min(1).max(2_147_483_647)).extend({
    outcome: z.enum(OUTCOMES).optional().describe('Only those with this outcome'),
  }),
  response: pageSchema(lineSchema),
  examples: { response: { items: [LINE_EXAMPLE], next: null } },
  handle: async ({ db, params, query }) => {
    const found = await importById(db, params.id);
    const rows = await importLines(db, found.id, { ...query, limit: query.limit + 1 });
    const page = pageOf(rows, query.limit, ({ line }) => line);
    return { body: { items: page.items.map((line) => lineView(line, found)), next: page.next } };
  },
});

const errors = defineDocument({
  ...common,
  path: '/imports/{id}/errors.csv',
  operationId: 'downloadImportErrors',
  summary: 'What is wrong with a file, as CSV: line, column, problem',
  errors: ['no-such-import'],
  params: idParams,
  contentTypes: ['text/csv'],
  handle: async ({ db, params }) => {
    const found = await importById(db, params.id);
    return { contentType: 'text/csv; charset=utf-8', content: errorsCsv(db, found), fileName: 'errors.csv' };
  },
});

const apply = ({ queue }: ImportRoutesDeps) =>
  defineWrite({
    ...common,
    method: 'post',
    path: '/imports/{id}/apply',
    operationId: 'applyImport',
    summary: 'Carry a checked file out: all of it or nothing; refused when what its lines would do has changed since',
    status: 202,
    errors: ['no-such-import', 'import-not-checked', 'import-has-errors'],
    params: idParams,
    response: importSchema,
    examples: { response: IMPORT_EXAMPLE },
    handle: async (request) => {
      const { tx, params } = request;
      const found = await importById(tx, params.id);
      requireKind(request.principal, found.kind);
      if (found.state !== 'applied') {
        requireApplicable({ ...found, errors: found.counts.errors });
        const principalId = request.principal.id;
        const payload = { importId: found.id, principalId, requestId: request.requestId };
        await queue.enqueue(tx, APPLY_IMPORT_JOB, payload, { singletonKey: found.id });
      }
      return { body: importView(found) };
    },
  });
