import { stringify } from 'csv-stringify/sync';
import type { z } from 'zod';
import { defineDocument, defineRead, type Route } from '../http/route.ts';
import { guarded } from '../imports/formula.ts';
import { readAttainment } from './attainment.service.ts';
import { attainmentQuery } from './attainment.ts';
import { ATTAINMENT_EXAMPLE, attainmentView, viewOfAttainment } from './attainment.views.ts';

/** How many promises were kept. */
export const attainmentRoutes = (): Route[] => [read, csv];

const common = {
  tag: 'sla',
  permission: 'sla.read',
  errors: ['too-many-clocks', 'too-many-rows'],
  query: attainmentQuery,
} as const;

const read = defineRead({
  ...common,
  path: '/sla-attainment',
  operationId: 'getSlaAttainment',
  summary: 'Clocks met, breached and open among those that were started in a period, with measured times and causes',
  response: attainmentView,
  examples: { response: ATTAINMENT_EXAMPLE },
  handle: async ({ db, query }) => ({ body: await viewOfAttainment(db, query, await readAttainment(db, query)) }),
});

const csv = defineDocument({
  ...common,
  path: '/sla-attainment.csv',
  operationId: 'exportSlaAttainment',
  summary: 'Attainment as CSV, a line for each row and one for all together',
  contentTypes: ['text/csv'],
  handle: async ({ db, query }) => {
    const view = await viewOfAttainment(db, query, await readAttainment(db, query));
    return {
      contentType: 'text/csv; charset=utf-8',
      content: stringify(linesOf(view), { bom: true }),
      fileName: `sla-attainment-${query.from}-${query.until}.csv`,
    };
  },
});

/** `all` in the first column is the line of all together; a dimension that was not asked for is empty. */
const COLUMNS = [
  ...['row', 'severity', 'kind', 'service', 'team', 'month', 'clocks', 'met', 'breached', 'open_on_track'],
  ...['open_at_risk', 'open_breached', 'open_paused', 'unreadable', 'met_percent', 'measured_clocks', 'p50_seconds'],
  ...['p90_seconds', 'counted', 'causes', 'pauses'],
];

const linesOf = ({ rows, total }: z.input<typeof attainmentView>) => [
  COLUMNS,
  ...rows.map((row) => cellsOf('row', row)),
  cellsOf('all', total),
];

type Row = z.input<typeof attainmentView>['rows'][number];

function cellsOf(first: 'row' | 'all', row: Row): string[] {
  const { severity = '', kind = '', service, team, month = '', open, measured } = row;
  const figures = [row.clocks, row.met, row.breached, open.onTrack, open.atRisk, open.breached, open.paused];
  const times = [measured?.clocks ?? '', measured?.p50Seconds ?? '', measured?.p90Seconds ?? ''];
  return [
    ...[first, severity, kind, guarded(service?.name ?? ''), guarded(team?.name ?? ''), month],
    ...[...figures, row.unreadable, row.metPercent ?? '', ...times].map(String),
    ...[measured?.counted ?? '', cellOf(row.causes), cellOf(row.pauses)],
  ];
}

const cellOf = (shares: readonly { readonly of: string; readonly clocks: number }[]) =>
  guarded(shares.map(({ of, clocks }) => `${of}: ${clocks}`).join('; '));
