import { z } from 'zod';
import { ALERT_CHANGES, ALERT_LEVELS, ALERT_STATES, type Alert, type RecordedChange, SUPPRESSIONS } from './alert.ts';

const levelSchema = z.literal(ALERT_LEVELS);

/** An alert as the API shows it. */
export const alertView = z.object({
  id: z.uuid(),
  rule: z.object({ id: z.uuid(), name: z.string() }),
  signal: z.string(),
  key: z.string().describe('What tells the subjects of the signal apart: one alert is open for a rule and a key'),
  subject: z.object({ kind: z.string(), id: z.string().nullable(), name: z.string() }),
  serviceId: z.uuid().nullable(),
  serviceName: z.string().nullable(),
  level: levelSchema.describe('1 is the earliest warning; of a closed alert the last level that it had'),
  state: z.enum(ALERT_STATES).describe('An acknowledged alert is still open, but somebody has taken it on'),
  noData: z.boolean().describe('Nothing has been known of the subject for as long as the rule lets pass'),
  value: z.number().nullable().describe('The value at the last change, in the unit of the signal'),
  reason: z.string().nullable().describe('Why there is no value'),
  suppressedBy: z.enum(SUPPRESSIONS).nullable().describe('Why nobody is told of it meanwhile'),
  openedAt: z.iso.datetime(),
  levelSince: z.iso.datetime(),
  acknowledged: z
    .object({
      at: z.iso.datetime(),
      byId: z.uuid(),
      byName: z.string(),
      remindAt: z.iso.datetime().nullable().describe('If it is still open by then, it is told again'),
    })
    .nullable(),
  closedAt: z.iso.datetime().nullable(),
  version: z.int().describe('Send it as If-Match with a change'),
});

/** One line of the ledger of an alert. */
export const alertChangeView = z.object({
  what: z.enum(ALERT_CHANGES),
  at: z.iso.datetime(),
  level: levelSchema,
  previousLevel: levelSchema.nullable(),
  value: z.number().nullable(),
  by: z.object({ id: z.uuid(), name: z.string() }).nullable().describe('null: the rule did it'),
  note: z.string(),
});

/** An alert with what became of it. */
export const shownAlertView = alertView.extend({
  changes: z.array(alertChangeView).describe('What became of it, in order: the newest 200'),
});

/** Lines of the ledger that an answer holds. */
export const SHOWN_CHANGES_MAX = 200;

/** @param names of the service and of who has acknowledged it, by their ids. */
export function viewOfAlert(
  { ruleId, ruleName, ...alert }: Alert,
  names: ReadonlyMap<string, string>,
): z.input<typeof alertView> {
  const { acknowledged, serviceId } = alert;
  const nameOf = (id: string) => names.get(id) ?? id;
  return {
    ...alert,
    rule: { id: ruleId, name: ruleName },
    serviceName: serviceId && nameOf(serviceId),
    openedAt: alert.openedAt.toString(),
    levelSince: alert.levelSince.toString(),
    acknowledged: acknowledged && {
      at: acknowledged.at.toString(),
      byId: acknowledged.byId,
      byName: nameOf(acknowledged.byId),
      remindAt: acknowledged.remindAt?.toString() ?? null,
    },
    closedAt: alert.closedAt?.toString() ?? null,
  };
}

export function viewOfChange(change: RecordedChange): z.input<typeof alertChangeView> {
  return { ...change, at: change.at.toString() };
}

export const ALERT_EXAMPLE: z.input<typeof alertView> = {
  id: '019aab2c-7f10-7d3e-8c11-2a4b6c8d0e1f',
  rule: { id: '019aab2c-7f10-7d3e-8c11-2a4b6c8d0e10', name: 'Newest sound recovery point against the RPO' },
  signal: 'backup.rpo-used',
  key: 'backup-set/019aab2c-7f10-7d3e-8c11-2a4b6c8d0e12',
  subject: { kind: 'backup-set', id: '019aab2c-7f10-7d3e-8c11-2a4b6c8d0e12', name: 'orders-database' },
  serviceId: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  serviceName: 'Orders',
  level: 2,
  state: 'open',
  noData: false,
  value: 104,
  reason: null,
  suppressedBy: null,
  openedAt: '2026-11-22T02:31:00Z',
  levelSince: '2026-11-22T02:46:00Z',
  acknowledged: null,
  closedAt: null,
  version: 2,
};

export const CHANGES_EXAMPLE: z.input<typeof alertChangeView>[] = [
  { ...{ what: 'opened', level: 1, previousLevel: null, value: 85 }, at: ALERT_EXAMPLE.openedAt, by: null, note: '' },
  { ...{ what: 'raised', level: 2, previousLevel: 1, value: 104 }, at: ALERT_EXAMPLE.levelSince, by: null, note: '' },
];
