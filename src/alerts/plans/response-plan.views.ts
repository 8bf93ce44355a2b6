import { z } from 'zod';
import { lifecycleView, viewOfLifecycle } from '../../kernel/retirement.ts';
import type { DutyHolder, NamedRole } from '../routing/duty-role.ts';
import {
  type BackupNeed,
  type CountedNeed,
  type PlanReadiness,
  type RoleNeed,
  readinessInWords,
} from './plan-readiness.ts';
import type { PlanEdition, ResponsePlan } from './response-plan.ts';

const named = z.object({ id: z.uuid(), name: z.string() });

/** A role of duty as the API shows it. */
export const roleView = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('on-duty') }),
  z.object({ kind: z.literal('supervisor') }),
  z.object({
    kind: z.literal('expert'),
    field: named.nullable().describe('Null: each field that the service says its recovery needs'),
  }),
  z.object({ kind: z.literal('named'), principal: named }),
]);

/** Somebody who fills a role as the API shows them. */
export const holderView = named.extend({ kind: z.enum(['person', 'team']), because: z.string() });

const editionFields = {
  edition: z.int().describe('Counted from 1 within the plan; what it says never changes'),
  name: z.string(),
  note: z.string(),
  steps: z.array(z.object({ text: z.string(), limitSeconds: z.int(), role: roleView })).describe('In their order'),
  spares: z.array(named.extend({ kind: z.enum(['part', 'device-model']), quantity: z.int() })),
  seats: z.array(named.extend({ quantity: z.int() })),
  backups: z.array(named.extend({ youngerThanSeconds: z.int() })),
  createdAt: z.iso.datetime().describe('When this edition came into force'),
  createdBy: named.nullable(),
};

/** One edition as the API shows it. */
export const editionView = z.object(editionFields);

export const planView = z.object({
  id: z.uuid(),
  level: z.int().describe('A higher level is more urgent'),
  service: named.nullable().describe('Null: every service without a plan of its own at this level'),
  ...lifecycleView,
  ...editionFields,
});

export function viewOfEdition(one: PlanEdition): z.input<typeof editionView> {
  const { edition, name, note, steps, spares, seats, backups, createdAt, createdBy } = one;
  return {
    ...{ edition, name, note, createdBy, createdAt: createdAt.toString() },
    steps: steps.map((step) => ({ ...step, role: viewOfRole(step.role) })),
    ...{ spares: [...spares], seats: [...seats], backups: [...backups] },
  };
}

export function viewOfPlan(plan: ResponsePlan): z.input<typeof planView> {
  const { id, level, service } = plan;
  return { ...viewOfLifecycle(plan), ...viewOfEdition(plan), id, level, service };
}

export const viewOfRole = (role: NamedRole): z.input<typeof roleView> => role;

const countedView = z.object({
  ...named.shape,
  needed: z.int(),
  available: z.int().describe('Of what is needed, how much an emergency could have now: the reserve counts'),
  ready: z.boolean(),
  reason: z.string().nullable().describe('In words, when it is not enough'),
});

/** The readiness of a plan as the API shows it. */
export const readinessView = z.object({
  plan: z.object({ id: z.uuid(), name: z.string(), level: z.int(), edition: z.int() }),
  service: named.nullable().describe('The service that it was looked at for'),
  checkedAt: z.iso.datetime().describe('Everything was read at this moment; nothing is kept by it'),
  ready: z.boolean(),
  summary: z.string(),
  reasons: z.array(z.string()).describe('What is missing; none when the plan is ready'),
  roles: z.array(
    z.object({
      role: roleView,
      steps: z.array(z.int()).describe('The steps that it has to carry out, counted from 1'),
      ready: z.boolean(),
      holders: z.array(holderView).describe('Who fills it at this moment'),
      missing: z.array(z.string()).describe('Why somebody is missing, also where others are there'),
      reason: z.string().nullable(),
    }),
  ),
  spares: z.array(countedView.extend({ kind: z.enum(['part', 'device-model']) })),
  seats: z.array(countedView),
  backups: z.array(
    z.object({
      ...named.shape,
      youngerThanSeconds: z.int(),
      newestSoundAt: z.iso.datetime().nullable().describe('Of what moment the data of the newest sound point is'),
      ageSeconds: z.int().nullable(),
      ready: z.boolean(),
      reason: z.string().nullable(),
    }),
  ),
});

export function viewOfReadiness(readiness: PlanReadiness): z.input<typeof readinessView> {
  const { plan, service, checkedAt, isReady, reasons, roles, spares, seats, backups } = readiness;
  return {
    ...{ plan, service, checkedAt: checkedAt.toString(), ready: isReady, reasons: [...reasons] },
    summary: readinessInWords(readiness),
    roles: roles.map(viewOfRoleNeed),
    spares: spares.map((spare) => ({
      ...viewOfCounted(spare),
      kind: spare.kind === 'device-model' ? spare.kind : 'part',
    })),
    seats: seats.map(viewOfCounted),
    backups: backups.map(viewOfBackup),
  };
}

function viewOfRoleNeed({ role, steps, holders, missing, reason }: RoleNeed) {
  return {
    role: viewOfRole(role),
    steps: [...steps],
    ready: reason === null,
    holders: holders.map(viewOfHolder),
    missing: [...missing],
    reason,
  };
}

const viewOfHolder = ({ id, kind, name, because }: DutyHolder): z.input<typeof holderView> => ({
  ...{ id, kind, name, because },
});

const viewOfCounted = ({ id, name, needed, available, reason }: CountedNeed) => ({
  ...{ id, name, needed, available, reason },
  ready: reason === null,
});

const viewOfBackup = ({ id, name, youngerThanSeconds, newestSoundAt, ageSeconds, reason }: BackupNeed) => ({
  ...{ id, name, youngerThanSeconds, ageSeconds, reason },
  newestSoundAt: newestSoundAt?.toString() ?? null,
  ready: reason === null,
});
