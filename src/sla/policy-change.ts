import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { SEVERITIES, type Severity } from '../kernel/severity.ts';
import { CLOCK_KINDS } from './clock-kind.ts';
import { type PolicyFigures, SECONDS_TARGETS, targetsFor, termFor } from './policy.ts';
import { amountOfTerm, type Term, termSchema } from './term.ts';

/** One target that two versions set differently, as the audit trail and the API tell it. */
export const policyChangeSchema = z.object({
  severity: z.enum(SEVERITIES),
  serviceId: z.uuid().nullable().describe('Null: of the severity, for all services that have no targets of their own'),
  target: z.string().describe('A field of the targets, or a kind of clock'),
  before: z.union([z.int(), termSchema]).nullable().describe('Seconds or a term; null: there was none'),
  after: z.union([z.int(), termSchema]).nullable(),
  isLooser: z.boolean().describe('Longer, gone, or counted in another way, which cannot be compared'),
});

export type PolicyChange = z.infer<typeof policyChangeSchema>;

/** Every target that differs between two versions. */
export function changesBetween(before: PolicyFigures, after: PolicyFigures): PolicyChange[] {
  const services = [...new Set([...before.services, ...after.services].map(({ serviceId }) => serviceId))].sort();
  return [null, ...services].flatMap((serviceId) =>
    SEVERITIES.flatMap((severity) => {
      const [old, now] = [targetsFor(before, severity, serviceId), targetsFor(after, severity, serviceId)];
      const isOwn = serviceId === null || isNamed(before, serviceId, severity) || isNamed(after, serviceId, severity);
      if (!isOwn) return [];
      const ofSeconds = SECONDS_TARGETS.map((target) => change(target, old[target], now[target]));
      const ofTerms = CLOCK_KINDS.map((kind) => change(kind, termBeside(old, kind), termBeside(now, kind)));
      return [...ofSeconds, ...ofTerms].flatMap((found) => (found ? [{ severity, serviceId, ...found }] : []));
    }),
  );
}

/** What a version loosens for one service. */
export function loosenedFor(
  before: PolicyFigures,
  after: PolicyFigures,
  { severity, serviceId }: { readonly severity: Severity; readonly serviceId: string | null },
): PolicyChange[] {
  const isOwn = serviceId !== null && (isNamed(before, serviceId, severity) || isNamed(after, serviceId, severity));
  return changesBetween(before, after).filter(
    (each) => each.isLooser && each.severity === severity && each.serviceId === (isOwn ? serviceId : null),
  );
}

function isNamed({ services }: PolicyFigures, serviceId: string, severity: string): boolean {
  return services.some((each) => each.serviceId === serviceId && each.severity === severity);
}

/** A term that says more than the seconds do. */
function termBeside(targets: ReturnType<typeof targetsFor>, kind: (typeof CLOCK_KINDS)[number]): Term | undefined {
  return targets.terms?.[kind] === undefined ? undefined : termFor(targets, kind);
}

type Figure = number | Term | undefined;

function change(
  target: string,
  before: Figure,
  after: Figure,
): Pick<PolicyChange, 'target' | 'before' | 'after' | 'isLooser'> | undefined {
  if (isSame(before, after)) return undefined;
  return { target, before: before ?? null, after: after ?? null, isLooser: isLooser(before, after) };
}

function isSame(before: Figure, after: Figure): boolean {
  return isDeepStrictEqual(before, after);
}

function isLooser(before: Figure, after: Figure): boolean {
  if (before === undefined) return false;
  if (after === undefined) return true;
  if (typeof before === 'number' || typeof after === 'number') return Number(after) > Number(before);
  const [old, now] = [amountOfTerm(before), amountOfTerm(after)];
  return old.counted !== now.counted || now.amount > old.amount;
}

/** A change in words, such as "recoverSeconds of emergency from 14400 s to 28800 s". */
export function changeInWords({ target, severity, before, after }: PolicyChange): string {
  return `${target} of ${severity} from ${figureInWords(before)} to ${figureInWords(after)}`;
}

function figureInWords(figure: PolicyChange['before']): string {
  if (figure === null) return 'none';
  if (typeof figure === 'number') return `${figure} s`;
  return figure.unit === 'working-days'
    ? `${figure.amount} working days (${figure.due})`
    : `${figure.amount} ${figure.unit} (${figure.counted})`;
}
