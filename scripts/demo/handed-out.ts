import { type Api, answered, type Body } from './api.ts';
import { instantIn } from './days.ts';
import type { SampleLicences } from './licences.ts';
import type { SamplePeople } from './people.ts';
import type { Storeroom } from './storeroom.ts';

interface World {
  readonly people: SamplePeople;
  readonly store: Storeroom;
  readonly licences: SampleLicences;
}

/** Kits, and who has what: check-outs, one of which is overdue, a hold, reservations, seats, a repair and an order. */
export async function handOut(api: Api, { people, store, licences }: World): Promise<void> {
  const person = (id: string) => ({ kind: 'person', id }) as const;
  await answered(
    api.POST('/kits', {
      body: {
        ...{ name: 'Sample branch office server', note: 'Everything for one small site' },
        lines: [
          { partId: store.disk, quantity: 2 },
          { partId: store.cable, quantity: 4 },
          { productId: licences.monitoring, quantity: 1 },
        ],
      },
    }),
  );
  await checkOut(api, {
    ...{ purpose: 'loan', holder: { kind: 'project', id: people.project }, note: 'Sample: the branch is set up' },
    ...{ dueAt: instantIn(14), lines: [{ assetTag: 'A-0006' }, { partId: store.cable, quantity: 10 }] },
  });
  // Muster refuses a due time that is over: this one is over before the sample is complete.
  await checkOut(api, {
    ...{ purpose: 'maintenance', holder: person(people.storekeeper), note: 'Sample: overdue in a moment' },
    ...{ dueAt: new Date(Date.now() + 3000).toISOString(), lines: [{ assetTag: 'A-0007' }] },
  });
  await checkOut(api, {
    ...{
      purpose: 'maintenance',
      holder: { kind: 'team', id: people.operations },
      note: 'Sample: monitoring of servers',
    },
    lines: [{ entitlementId: licences.monitoringSeats, quantity: 19, assignee: 'sample servers' }],
  });
  await checkOut(api, {
    ...{ purpose: 'loan', holder: person(people.operator), note: 'Sample: more seats than there are' },
    lines: [1, 2, 3, 4, 5, 6].map((number) => ({
      ...{ entitlementId: licences.officeSeats, quantity: 1, assignee: `sample.user${number}@example.org` },
    })),
  });
  await keepForLater(api, { people, store });
  await answered(
    api.POST('/replenishments', { body: { partId: store.fan, quantity: 4, reason: 'Sample: fewer than the reserve' } }),
  );
}

async function checkOut(api: Api, body: Body<'/checkouts'>): Promise<void> {
  await answered(api.POST('/checkouts', { body }));
}

async function keepForLater(api: Api, { people, store }: Pick<World, 'people' | 'store'>): Promise<void> {
  const lines = [{ partId: store.disk, quantity: 1 }];
  await answered(
    api.POST('/holds', {
      body: {
        ...{ purpose: 'maintenance', holder: { kind: 'person', id: people.operator }, lines },
        ...{ expiresAt: instantIn(2), note: 'Sample: to be collected' },
      },
    }),
  );
  await answered(
    api.POST('/reservations', {
      body: {
        ...{ purpose: 'maintenance', holder: { kind: 'team', id: people.operations }, lines },
        ...{ window: { from: instantIn(3), until: instantIn(5) }, note: 'Sample: exchange of a disk' },
      },
    }),
  );
  await answered(
    api.POST('/reservations', {
      body: {
        ...{ purpose: 'loan', holder: { kind: 'project', id: people.project } },
        lines: [{ partId: store.optic, quantity: 4 }],
        ...{ window: { from: instantIn(6), until: instantIn(20) }, note: 'Sample: second line of the branch' },
      },
    }),
  );
}
