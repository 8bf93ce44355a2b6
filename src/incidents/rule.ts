import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { SEVERITIES, type Severity } from '../kernel/severity.ts';
import { lineText, longText } from '../kernel/text.ts';
import { FREQUENCIES, type IncidentFacts, type IncidentKind, SCOPES } from './incident-kind.ts';

const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values, meaning: string) =>
  z.array(z.enum(values)).min(1).max(values.length).optional().describe(meaning);

const RULES_MAX = 100;

const ruleSchema = z.strictObject({
  name: lineText(200).describe('What people call it: it is kept with each severity that it proposes'),
  when: z
    .strictObject({
      criticality: oneOf(SEVERITIES, 'How critical the service is'),
      scope: oneOf(SCOPES, 'Whom it concerns'),
      frequency: oneOf(FREQUENCIES, 'How often it shows'),
    })
    .describe('All that is stated must be so; what is not known yet is none of what is stated'),
  severity: z.enum(SEVERITIES).describe('What it proposes'),
});

/** Rules in their order: the first that fits proposes. */
export const newRulesSchema = z.strictObject({
  rules: z
    .array(ruleSchema)
    .min(1)
    .max(RULES_MAX)
    .refine((all) => new Set(all.map(({ name }) => name.toLowerCase())).size === all.length, {
      message: 'must name each rule once',
    })
    .describe('In their order: the first that fits proposes'),
  note: longText(2000).default('').describe('Why these rules'),
});

export type Rule = z.infer<typeof ruleSchema>;
export type NewRules = z.infer<typeof newRulesSchema>;

/** One version of the rules; it never changes. */
export interface RuleVersion {
  readonly version: number;
  readonly rules: readonly Rule[];
  readonly note: string;
  /** Null for the first version, which nobody has made. */
  readonly createdBy: string | null;
  readonly createdAt: Temporal.Instant;
}

/** What the rules judge by. */
export type RuleFacts = Pick<IncidentFacts, 'scope' | 'frequency'> & {
  readonly kind: IncidentKind;
  /** Of the service; null without one. */
  readonly criticality: Severity | null;
};

/** What is proposed, and by which rule. */
export interface Proposal {
  readonly severity: Severity;
  /** Null for general cases, which are general without a rule. */
  readonly rule: string | null;
}

/** The severity that the rules propose; undefined when none of them fits. */
export function proposedBy(rules: readonly Rule[], facts: RuleFacts): Proposal | undefined {
  if (facts.kind !== 'incident') return { severity: 'general', rule: null };
  const found = rules.find(({ when }) =>
    (['criticality', 'scope', 'frequency'] as const).every((name) => {
      const [stated, value] = [when[name] as readonly string[] | undefined, facts[name]];
      return stated === undefined || (value !== null && stated.includes(value));
    }),
  );
  return found && { severity: found.severity, rule: found.name };
}
