import { defineDocument, type Route } from '../http/route.ts';
import { exportCsv } from './export.queries.ts';
import type { ImportKind } from './import-kind.ts';
import { IMPORT_KINDS } from './kinds/kinds.ts';

/** Everything of a kind as CSV, one route a kind: each asks for the permission to read that kind. */
export const exportRoutes = (): Route[] => IMPORT_KINDS.map(exportRoute);

const exportRoute = (kind: ImportKind) =>
  defineDocument({
    tag: 'imports',
    path: `/exports/${kind.name}.csv`,
    operationId: `export${kind.name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())}`,
    summary: `Everything there is of ${kind.name} as CSV, which an import takes back`,
    permission: kind.readPermission,
    contentTypes: ['text/csv'],
    handle: async ({ db }) => ({
      contentType: 'text/csv; charset=utf-8',
      content: exportCsv(db, kind),
      fileName: `${kind.name}.csv`,
    }),
  });
