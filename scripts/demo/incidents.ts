import { type Api, answered, type Body } from './api.ts';
import { instantIn, minutesAgo } from './days.ts';
import type { SamplePeople } from './people.ts';
import type { SampleServices } from './services.ts';

/** What is entered a while after it has happened says why. */
const LATE = 'Sample data, entered afterwards';

const ago = (minutes: number) => ({ at: minutesAgo(minutes), lateBecause: LATE });

/** Targets of its own for the order database, tighter than those of its severity; the rest as in a new installation. */
export async function agreePolicy(api: Api, services: SampleServices): Promise<void> {
  const { targets, version } = await answered(api.GET('/sla-policy'));
  const own = { serviceId: services.orders, severity: 'emergency', recoverSeconds: 7200, rpoSeconds: 43_200 } as const;
  const note = 'Sample data: agreed with nobody';
  const params = { header: { 'If-Match': `"${version}"` } };
  await answered(api.POST('/sla-policy/versions', { params, body: { targets, services: [own], note } }));
}

/** An emergency that is being handled, one that is over, one that was just taken down, and one that waits for its class. */
export async function reportIncidents(api: Api, people: SamplePeople, services: SampleServices): Promise<void> {
  await openEmergency(api, people, services);
  await closedIncident(api, people, services);
  const received = await report(api, 6, {
    ...{ title: 'Sample: letters are printed without a margin', reporterContact: 'Sample office, extension 0100' },
    ...{ kind: 'question', severity: 'general', serviceId: services.intranet },
  });
  await answered(
    api.POST('/incidents/{id}/notes', {
      ...(await received()),
      body: { text: 'Sample: the caller will send a picture' },
    }),
  );
  const recorded = await report(api, 55, {
    ...{ title: 'Sample: the shop shows old prices', reporterContact: 'Sample sales, extension 0200' },
    ...{ symptom: 'Prices of last week', frequency: 'recurring', scope: 'several-users', serviceId: services.shop },
    severity: 'important',
  });
  await answered(api.POST('/incidents/{id}/take', { ...(await recorded()), body: ago(50) }));
  await answered(api.POST('/incidents/{id}/record', { ...(await recorded()), body: ago(45) }));
}

/** Its clocks for the plan and the recovery run on. */
async function openEmergency(api: Api, people: SamplePeople, services: SampleServices): Promise<void> {
  const incident = await report(api, 25, {
    ...{ title: 'Sample: the order database does not answer', severity: 'emergency', serviceId: services.orders },
    ...{ reporterContact: 'Sample night shift, extension 0300', symptom: 'Every order times out' },
    ...{ frequency: 'continuous', scope: 'all-users', customer: 'Sample customer' },
  });
  await untilHandled(api, incident, people, { severity: 'emergency', from: 24 });
  await answered(
    api.POST('/incidents/{id}/contacts', {
      ...(await incident()),
      body: { ...ago(16), who: 'Sample night shift', how: 'phone', said: 'We are on it, next word in 30 minutes' },
    }),
  );
  await answered(
    api.POST('/incidents/{id}/sub-state', { ...(await incident()), body: { ...ago(12), subState: 'planning' } }),
  );
}

async function closedIncident(api: Api, people: SamplePeople, services: SampleServices): Promise<void> {
  const incident = await report(api, 2900, {
    ...{ title: 'Sample: a disk of the storage has failed', severity: 'important', serviceId: services.orders },
    ...{ reporterContact: 'Sample monitoring', symptom: 'One disk of 24 is dead', frequency: 'once', scope: 'site' },
  });
  await untilHandled(api, incident, people, { severity: 'important', from: 2890 });
  const who = 'Sample Duty A';
  await answered(
    api.POST('/incidents/{id}/contacts', {
      ...(await incident()),
      body: { ...ago(2870), who, how: 'message', said: 'A spare is there' },
    }),
  );
  await answered(
    api.POST('/incidents/{id}/plans', {
      ...(await incident()),
      body: { ...ago(2860), text: 'Exchange the disk', resources: [{ what: 'DISK-4T', quantity: 1 }] },
    }),
  );
  await answered(
    api.POST('/incidents/{id}/sub-state', { ...(await incident()), body: { ...ago(2850), subState: 'implementing' } }),
  );
  await answered(
    api.POST('/incidents/{id}/verifications', {
      ...(await incident()),
      body: { ...ago(2780), who, how: 'The array has rebuilt itself', result: 'passed' },
    }),
  );
  await answered(
    api.POST('/incidents/{id}/resolve', {
      ...(await incident()),
      body: { ...ago(2770), text: 'The disk was exchanged', cause: 'It was worn out' },
    }),
  );
  await answered(
    api.POST('/incidents/{id}/close', {
      ...(await incident()),
      body: { ...ago(2700), who, how: 'phone', said: 'Sample: they agree', isSatisfied: true },
    }),
  );
  await answered(
    api.POST('/actions', {
      body: {
        ...{ title: 'Sample: order two more disks of this kind', note: 'Sample data' },
        ...{ ownerId: people.team, dueAt: instantIn(9) },
      },
    }),
  );
}

/** An incident as it is now, for the next step. */
type AsItIs = () => Promise<{
  readonly params: { path: { id: string }; header: { 'If-Match': string; 'Idempotency-Key'?: string } };
}>;

async function report(api: Api, minutes: number, body: Body<'/incidents'>): Promise<AsItIs> {
  const { id } = await answered(api.POST('/incidents', { body: { ...ago(minutes), ...body } }));
  return async () => {
    const { version } = await answered(api.GET('/incidents/{id}', { params: { path: { id } } }));
    return { params: { path: { id }, header: { 'If-Match': `"${version}"` } } };
  };
}

interface Handling {
  readonly severity: 'emergency' | 'important';
  /** Minutes ago; each step a minute later. */
  readonly from: number;
}

async function untilHandled(
  api: Api,
  incident: AsItIs,
  people: SamplePeople,
  { severity, from }: Handling,
): Promise<void> {
  await answered(api.POST('/incidents/{id}/take', { ...(await incident()), body: ago(from) }));
  await answered(api.POST('/incidents/{id}/record', { ...(await incident()), body: ago(from - 1) }));
  await answered(api.POST('/incidents/{id}/classify', { ...(await incident()), body: { ...ago(from - 2), severity } }));
  const body = { ...ago(from - 3), teamId: people.operations, reason: 'Sample: theirs' };
  await answered(api.POST('/incidents/{id}/transfer', { ...(await incident()), body }));
}
