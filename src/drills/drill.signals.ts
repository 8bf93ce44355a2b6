import type { Queryable } from '../database/database.ts';
import { listServices } from '../services/service.queries.ts';
import type { Signal, SignalReading } from '../signals/signal.ts';
import type { DrillCatalogue } from './catalogue.ts';
import { rtaOfServices } from './proof.queries.ts';
import { type ServiceProof, serviceProofs } from './service-proof.ts';

/** Services whose proofs are read in one go. */
const BATCH_SERVICES = 200;

/** What drills have to say before a recovery does. */
export const drillSignals = (catalogue: Pick<DrillCatalogue, 'current'>): Signal[] => [
  {
    name: 'drill.unproven',
    title: 'A service that has a drill is not proven to be recoverable: the drill is overdue, failed or never ran',
    unit: 'yes-no',
    everySeconds: 600,
    read: ({ db }) => readProofs(db, catalogue),
  },
  {
    name: 'drill.rta-used',
    title: 'The technical RTA of the last full drill that recovered a service, of its recovery time objective then',
    unit: 'percent',
    everySeconds: 600,
    read: async ({ db }) =>
      (await rtaOfServices(db)).map(({ serviceId, service, drill, percent }) => ({
        subject: { kind: 'drill', id: null, name: `${drill} of ${service}` },
        serviceId,
        value: percent,
      })),
  },
];

async function readProofs(db: Queryable, catalogue: Pick<DrillCatalogue, 'current'>): Promise<SignalReading[]> {
  const readings: SignalReading[] = [];
  let after: string | undefined;
  do {
    const listed = await listServices(db, { state: 'active' }, { limit: BATCH_SERVICES, after });
    const services = listed.map(({ service }) => service);
    for (const proof of await serviceProofs(db, services, catalogue.current())) {
      if (proof.drills.length > 0) readings.push(readingOf(proof));
    }
    after = listed.length === BATCH_SERVICES ? listed.at(-1)?.nameKey : undefined;
  } while (after !== undefined);
  return readings;
}

function readingOf({ service, isProven }: ServiceProof): SignalReading {
  const subject = { kind: 'service', id: service.id, name: service.name };
  return { subject, serviceId: service.id, value: isProven ? 0 : 1 };
}
