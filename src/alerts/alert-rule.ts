import { z } from 'zod';
import type { Lifecycle } from '../kernel/retirement.ts';
import { lineText } from '../kernel/text.ts';
import { ALERT_LEVELS } from './alert.ts';
import { type AlertCondition, NO_DATA_ACTS, type Threshold } from './alert-machine.ts';

/** Services with thresholds of their own that a rule can have: its audit entry stays below its limit. */
const OVERRIDES_MAX = 150;

/** Values are told apart down to here: a double holds them exactly enough. */
const value = z.number().min(-1e15).max(1e15);

const thresholdsSchema = z
  .array(
    z.strictObject({
      level: z.literal(ALERT_LEVELS).describe('1 is the earliest warning'),
      raise: value.describe('The level is reached at this value and beyond'),
      clear: value.describe('The level is held at this value and beyond, and left on the calm side of it'),
    }),
  )
  .max(ALERT_LEVELS.length);

const seconds = (max: number) => z.int().min(0).max(max);
const MONTH_SECONDS = 2_592_000;

const noDataSchema = z
  .strictObject({
    afterSeconds: seconds(31_536_000).describe('How long nothing must be known until that is a state of its own'),
    does: z
      .enum(NO_DATA_ACTS)
      .describe('keep: the level stays. clear: what values have raised ends. alert: it raises `level`, at least'),
    level: z.literal(ALERT_LEVELS).nullable().default(null).describe('What no data raises; null unless it alerts'),
  })
  .refine(({ does, level }) => (does === 'alert') === (level !== null), {
    message: 'must be a level for `alert`, and null otherwise',
    path: ['level'],
  });

const overridesSchema = z
  .array(z.strictObject({ serviceId: z.uuid().toLowerCase(), thresholds: thresholdsSchema }))
  .max(OVERRIDES_MAX)
  .refine((all) => new Set(all.map(({ serviceId }) => serviceId)).size === all.length, {
    message: 'must name each service once',
  });

const fields = {
  name: lineText(120).describe('Unique among rules, whatever the case'),
  thresholds: thresholdsSchema.describe(
    'From the lowest level up; raise and clear values rise with them, or fall for the direction below. None: only no data alerts',
  ),
  raiseForSeconds: seconds(MONTH_SECONDS).describe('How long a level must be reached, at every reading, to be raised'),
  clearForSeconds: seconds(MONTH_SECONDS).describe('How long a level must be left, at every reading, to be lowered'),
  noData: noDataSchema.describe('What silence of the signal is, and does'),
  overrides: overridesSchema.describe('Thresholds that take the place of those above for what concerns one service'),
  enabled: z.boolean().describe('A rule that is not enabled judges nothing; what it has opened is closed'),
};

/** A new rule over a signal. */
export const newAlertRuleSchema = z.strictObject({
  ...fields,
  signal: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9._:-]{0,119}$/,
      'must be the name of a signal, such as backup.rpo-used or push:queue-length',
    )
    .describe('What it judges: a signal of Muster, or push: and the name of pushed series'),
  direction: z.enum(['above', 'below']).describe('above: high values are bad'),
  raiseForSeconds: fields.raiseForSeconds.default(0),
  clearForSeconds: fields.clearForSeconds.default(0),
  noData: fields.noData.prefault({ afterSeconds: 900, does: 'keep' }),
  overrides: fields.overrides.default([]),
  enabled: fields.enabled.default(true),
});

/** A change: what is named replaces what was there, lists as a whole. Signal and direction of a rule stay. */
export const alertRuleChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type NewAlertRule = z.output<typeof newAlertRuleSchema>;
export type AlertRuleChange = z.output<typeof alertRuleChangeSchema>;

/** Thresholds of what concerns one service. */
export interface ThresholdOverride {
  readonly serviceId: string;
  readonly thresholds: readonly Threshold[];
}

/** Which values of a signal alert, at which level, and when. */
export interface AlertRule extends AlertCondition, Lifecycle {
  readonly id: string;
  readonly name: string;
  readonly signal: string;
  readonly overrides: readonly ThresholdOverride[];
  readonly enabled: boolean;
  /** It came with Muster; it can be changed like any other. */
  readonly isShipped: boolean;
}

/** What is wrong with thresholds, and where: `/1/clear`; undefined when they fit. */
export function thresholdProblem(
  direction: AlertCondition['direction'],
  thresholds: readonly Threshold[],
  levels: number,
): { readonly place: string; readonly message: string } | undefined {
  const way = direction === 'above' ? 1 : -1;
  const beyond = direction === 'above' ? 'above' : 'below';
  const calm = direction === 'above' ? 'below' : 'above';
  for (const [index, { level, raise, clear }] of thresholds.entries()) {
    const problem = (field: string, message: string) => ({ place: `/${index}/${field}`, message });
    const before = thresholds[index - 1];
    if (level > levels) return problem('level', `must be one of the ${levels} levels that are configured`);
    if (before && level <= before.level) return problem('level', 'must be higher than that of the threshold before');
    if (before && (raise - before.raise) * way <= 0)
      return problem('raise', `must lie ${beyond} that of the level before`);
    if ((raise - clear) * way < 0) return problem('clear', `must be \`raise\` or lie ${calm} it`);
    if (before && (clear - before.clear) * way < 0) {
      return problem('clear', `must be that of the level before or lie ${beyond} it`);
    }
  }
  return undefined;
}

/** How a rule judges what concerns a service. */
export function conditionFor(rule: AlertRule, serviceId: string | null): AlertCondition {
  const own = serviceId === null ? undefined : rule.overrides.find((override) => override.serviceId === serviceId);
  return own ? { ...rule, thresholds: own.thresholds } : rule;
}
