import { z } from 'zod';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { lineText } from '../kernel/text.ts';
import { changeCaseSeverity } from '../sla/case-severity.service.ts';
import { backDating } from '../sla/clock-record.ts';
import { type Act, beginAct, enter, enterStage, type IncidentTarget, tellClocks } from './act.ts';
import { setSeverity } from './incident.store.ts';
import { clocksOf } from './incident-clocks.ts';
import { INCIDENT_KINDS, type IncidentKind, needsRecovery } from './incident-kind.ts';
import { requireFacts } from './recording.service.ts';
import { proposalFor } from './rule.service.ts';

/** How bad it is, and why. */
export const classificationSchema = z.strictObject({
  kind: z.enum(INCIDENT_KINDS).optional().describe('What it turns out to be; left out: as before'),
  severity: z.enum(SEVERITIES).describe('How bad it is'),
  reason: lineText(500)
    .optional()
    .describe('Why; needed where it differs from what the rules propose, and for every later classification'),
  ...backDating,
});

export type NewClassification = z.infer<typeof classificationSchema>;

/**
 * Says how bad an incident is: first after it was recorded, and again whenever it turns out otherwise until it is resolved. The
 * open SLA clocks get the targets of the new severity. What was said before stays in the timeline, with its reason.
 * @throws AppError `unprocessable` `severity-of-kind`, `recovery-stays`, `deviation-unexplained`, `facts-missing`,
 *   `calendar-needed`; `conflict` `same-classification`, and as {@link beginAct}, {@link enterStage} and {@link tellClocks}.
 */
export async function classify(
  tx: Tx,
  caller: Caller,
  target: IncidentTarget,
  wanted: NewClassification,
): Promise<void> {
  const act = await beginAct(tx, caller, target, wanted, ['classify', 'transfer', 'handle']);
  const { incident } = act;
  const { severity, reason = null, kind = incident.kind } = wanted;
  const isFirst = incident.stage === 'classify';
  const isSame = kind === incident.kind && severity === incident.severity;
  if (isSame && !isFirst) {
    const message = `${incident.number} is a ${kind} of severity ${severity} already`;
    throw new AppError('conflict', 'same-classification', message);
  }
  requireFitting(act, kind, severity);
  const proposed = await proposalFor(tx, { ...incident, kind });
  const { proposal } = proposed;
  if (reason === null && (!isFirst || proposal?.severity !== severity)) throw unexplained(isFirst, proposal?.severity);
  requireFacts(incident, kind, severity);
  const rule = proposal && { version: proposed.version, name: proposal.rule };
  const said = { kind, severity, reason, proposed: proposal?.severity ?? null, rule: rule ?? null };
  await enter(act, 'classification', { ...said, before: { kind: incident.kind, severity: incident.severity } });
  await setSeverity(tx, target.id, kind, severity);
  const now = { ...act, incident: { ...incident, kind, severity } };
  if (!isSame) {
    const why = reason ?? proposal?.rule ?? 'classified';
    await changeCaseSeverity(tx, caller, { subject: incident.number, severity, reason: why }, clocksOf(kind));
  }
  if (!isFirst) return;
  await enterStage(now, 'transfer');
  await tellClocks(now, 'classification');
}

function requireFitting({ incident }: Act, kind: IncidentKind, severity: string): void {
  const refused = (code: string, field: string, message: string) =>
    new AppError('unprocessable', code, message, { fields: [{ field, message }] });
  if (kind !== 'incident' && severity !== 'general') {
    throw refused('severity-of-kind', '#/severity', `A ${kind} is general: what is ${severity} is an incident`);
  }
  // Its clocks for plan and recovery run, and nothing but a plan and a recovery stops them.
  if (needsRecovery(incident.kind) && !needsRecovery(kind)) {
    const message = `${incident.number} is a ${incident.kind}: verify that nothing is down, and resolve it`;
    throw refused('recovery-stays', '#/kind', message);
  }
}

function unexplained(isFirst: boolean, proposed: string | undefined): AppError {
  const why = isFirst ? `the rules propose ${proposed ?? 'nothing'}` : 'it was classified before';
  return new AppError('unprocessable', 'deviation-unexplained', `Say why it is classified so: ${why}`, {
    fields: [{ field: '#/reason', message: `is needed, because ${why}` }],
  });
}
