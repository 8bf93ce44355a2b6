import { type Api, answered, type Body } from './api.ts';
import type { SampleSets } from './backups.ts';
import { type SamplePeople, SKILL } from './people.ts';

/** The services of the sample organisation, by id. */
export interface SampleServices {
  readonly orders: string;
  readonly shop: string;
  readonly intranet: string;
}

const NOTHING = { spares: [], seats: [], skills: [] };

/** A service of each criticality and what it stands on; what the first two need is not all there. */
export async function enterServices(api: Api, people: SamplePeople, sets: SampleSets): Promise<SampleServices> {
  type Given = Omit<Body<'/services'>, 'ownerId' | 'maxProofAgeDays'>;
  const service = async (ownerId: string, body: Given) =>
    (await answered(api.POST('/services', { body: { ownerId, maxProofAgeDays: 90, ...body } }))).id;
  const network = await service(people.operations, {
    ...{ name: 'Sample network', criticality: 'important', customer: 'Sample customer, all sites' },
    requirements: { ...NOTHING, spares: [{ part: 'FAN-80', quantity: 3 }] },
  });
  const storage = await service(people.operations, {
    ...{ name: 'Sample storage', criticality: 'important', dependencies: [network] },
    requirements: { ...NOTHING, spares: [{ part: 'DISK-4T', quantity: 2 }] },
  });
  const orders = await service(people.team, {
    ...{ name: 'Sample order database', criticality: 'emergency', customer: 'Sample customer' },
    ...{ dependencies: [network, storage], backupSets: [sets.orders] },
    requirements: {
      spares: [
        { part: 'PSU-750W', quantity: 4 },
        { part: 'SFP-10G-SR', quantity: 2 },
      ],
      seats: [{ product: 'Database Standard', quantity: 4 }],
      skills: [SKILL],
    },
  });
  const shop = await service(people.operations, {
    ...{ name: 'Sample web shop', criticality: 'important', customer: 'Sample customer, sales' },
    ...{ dependencies: [orders, network], backupSets: [sets.web] },
    requirements: { ...NOTHING, seats: [{ product: 'Monitoring Suite', quantity: 2 }] },
  });
  const intranet = await service(people.operations, {
    ...{ name: 'Sample intranet', criticality: 'general', dependencies: [network] },
    backupSets: [sets.documents, sets.intranet],
  });
  return { orders, shop, intranet };
}
