import { auditFilterQuery } from '../audit/audit.views.ts';
import { defineDocument, type Route } from '../http/route.ts';
import { auditCsv } from './audit-csv.ts';

/** The audit trail for whoever goes on with it elsewhere. */
export const auditExportRoutes = (): Route[] => [csv];

const csv = defineDocument({
  tag: 'audit',
  permission: 'audit.read',
  path: '/audit-entries.csv',
  operationId: 'exportAuditEntries',
  summary:
    'Every audit entry that fits the filters as CSV, the newest first; cells that look like formulas are defused',
  query: auditFilterQuery,
  contentTypes: ['text/csv'],
  handle: async ({ db, query }) => ({
    contentType: 'text/csv; charset=utf-8',
    content: auditCsv(db, query),
    fileName: 'audit-entries.csv',
  }),
});
