import { z } from 'zod';
import type { Queryable } from '../database/database.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { BREACH_CAUSES } from '../sla/breach-cause.ts';
import { CLOCK_KINDS } from '../sla/clock-kind.ts';
import { namesOf } from './attainment.queries.ts';
import {
  ATTAINMENT_DIMENSIONS,
  type Attainment,
  type AttainmentFigures,
  type AttainmentGroup,
  type AttainmentQuery,
} from './attainment.ts';

const count = z.int().min(0);

const figuresView = z.object({
  clocks: count,
  met: count.describe('Stopped in time'),
  breached: count.describe('Stopped too late'),
  open: z.object({
    onTrack: count,
    atRisk: count.describe('Not due yet, with three quarters or more of what is allotted consumed'),
    breached: count.describe('Due already'),
    paused: count.describe('Of these, those that stand still'),
  }),
  unreadable: count.describe('Their calendar does not reach far enough any more'),
  metPercent: z.number().nullable().describe('Met, of all that were met or breached; null while nothing is decided'),
  measured: z
    .object({
      clocks: count,
      p50Seconds: z.number().describe('Nearest rank: a time that was measured'),
      p90Seconds: z.number(),
      counted: z.enum(['always', 'business', 'mixed']).describe('How the time is counted'),
    })
    .nullable()
    .describe('Of stopped clocks; null where clocks of several kinds are mixed, or none is stopped'),
  causes: z
    .array(z.object({ of: z.enum([...BREACH_CAUSES, 'not-stated']), clocks: count }))
    .max(5)
    .describe('Of breached clocks, open ones included: what people stated, most often first'),
  pauses: z
    .array(z.object({ of: z.string(), clocks: count }))
    .max(5)
    .describe('Why breached clocks stood still'),
});

const named = z.object({ id: z.uuid(), name: z.string() });

/** Attainment as the API answers it. */
export const attainmentView = z.object({
  from: z.iso.date(),
  until: z.iso.date(),
  zone: z.string(),
  by: z.array(z.enum(ATTAINMENT_DIMENSIONS)),
  readAt: z.iso.datetime(),
  total: figuresView,
  rows: z
    .array(
      figuresView.extend({
        severity: z.enum(SEVERITIES).optional(),
        kind: z.enum(CLOCK_KINDS).optional(),
        service: named.nullable().optional().describe('Null for clocks that concern none'),
        team: named
          .nullable()
          .optional()
          .describe('That of the incident, else whoever owns the service, where that is a team'),
        month: z.string().optional().describe('In which the clock was started, in the zone: 2026-11'),
      }),
    )
    .max(5000)
    .describe('Each has what the rows are told apart by'),
});

const FIGURES: z.input<typeof figuresView> = {
  clocks: 12,
  met: 8,
  breached: 2,
  open: { onTrack: 1, atRisk: 0, breached: 1, paused: 0 },
  unreadable: 0,
  metPercent: 72.73,
  measured: { clocks: 10, p50Seconds: 5400, p90Seconds: 15_120, counted: 'always' },
  causes: [
    { of: 'no-spare', clocks: 2 },
    { of: 'not-stated', clocks: 1 },
  ],
  pauses: [{ of: 'No access to the site', clocks: 1 }],
};

/** For the reference. */
export const ATTAINMENT_EXAMPLE: z.input<typeof attainmentView> = {
  from: '2026-01-01',
  until: '2027-01-01',
  zone: 'Asia/Shanghai',
  by: ['severity', 'kind'],
  readAt: '2026-11-22T09:30:00.000Z',
  total: FIGURES,
  rows: [{ severity: 'emergency', kind: 'recover', ...FIGURES }],
};

/** Brings the names of services and teams in. */
export async function viewOfAttainment(
  db: Queryable,
  { from, until, zone, by }: Pick<AttainmentQuery, 'from' | 'until' | 'zone' | 'by'>,
  { readAtMs, total, rows }: Attainment,
): Promise<z.input<typeof attainmentView>> {
  const idsOf = (key: 'serviceId' | 'teamId') => [...new Set(rows.flatMap(({ group }) => group[key] ?? []))];
  const names = await namesOf(db, { services: idsOf('serviceId'), teams: idsOf('teamId') });
  return {
    ...{ from, until, zone, by: [...by] },
    readAt: new Date(readAtMs).toISOString(),
    total: viewOfFigures(total),
    rows: rows.map(({ group, figures }) => ({ ...viewOfGroup(group, names), ...viewOfFigures(figures) })),
  };
}

function viewOfGroup({ serviceId, teamId, ...group }: AttainmentGroup, names: ReadonlyMap<string, string>) {
  const named = (id: string | null) => (id === null ? null : { id, name: names.get(id) ?? id });
  return {
    ...group,
    ...(serviceId !== undefined && { service: named(serviceId) }),
    ...(teamId !== undefined && { team: named(teamId) }),
  };
}

function viewOfFigures({ causes, pauses, ...figures }: AttainmentFigures): z.input<typeof figuresView> {
  return { ...figures, causes: [...causes], pauses: [...pauses] };
}
