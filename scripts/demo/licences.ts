import { type Api, answered, type Body } from './api.ts';
import { dateIn } from './days.ts';

/** Licences of the sample organisation, by id. */
export interface SampleLicences {
  /** The product. */
  readonly monitoring: string;
  /** Entitlements. */
  readonly monitoringSeats: string;
  readonly officeSeats: string;
}

type NewEntitlement = Body<'/entitlements'>;

/** Products and the right to use them: one short, one that ends soon, one that is over; keys; and what a scan has found. */
export async function enterLicences(api: Api, ownerId: string): Promise<SampleLicences> {
  const product = async (name: string, productVersion: string | null = null) =>
    (await answered(api.POST('/licence-products', { body: { vendor: 'Sample Works', name, productVersion } }))).id;
  const entitlement = async (body: Omit<NewEntitlement, 'startsOn'> & Partial<NewEntitlement>) =>
    (await answered(api.POST('/entitlements', { body: { startsOn: dateIn(-330), ownerId, ...body } }))).id;
  const database = await product('Database Standard');
  const monitoring = await product('Monitoring Suite', '7');
  const office = await product('Drawing Tool');
  const backup = await product('Backup Agent', '12');
  const databaseSeats = await entitlement({
    ...{ productId: database, name: 'Database Standard, sample contract', metric: 'concurrent', quantity: 10 },
    ...{ emergencyReserve: 2, contract: 'SAMPLE-C-1', cost: { amount: '12000.00', currency: 'EUR' } },
  });
  const monitoringSeats = await entitlement({
    ...{ productId: monitoring, name: 'Monitoring Suite, ends soon', metric: 'device', quantity: 20 },
    ...{ endsOn: dateIn(12), supportEndsOn: dateIn(12), contract: 'SAMPLE-C-2' },
  });
  await entitlement({
    ...{ productId: monitoring, name: 'Monitoring Suite, renewal', metric: 'device', quantity: 15 },
    ...{ startsOn: dateIn(12), endsOn: dateIn(377), contract: 'SAMPLE-C-3' },
  });
  const officeSeats = await entitlement({
    ...{ productId: office, name: 'Drawing Tool, named users', metric: 'named-user', quantity: 5 },
    ...{ endsOn: dateIn(150), overuse: { policy: 'allow', percentMax: 40 } },
  });
  await entitlement({
    ...{ productId: backup, name: 'Backup Agent, ended', metric: 'device', quantity: 30 },
    ...{ startsOn: dateIn(-700), endsOn: dateIn(-5) },
  });
  for (const [entitlementId, seat] of [
    [databaseSeats, null],
    [databaseSeats, 'standby node'],
    [monitoringSeats, null],
  ] as const) {
    const key = `SAMPLE-${seat === null ? 'MAIN' : 'NODE'}-0000-0000`;
    await answered(api.POST('/licence-keys', { body: { entitlementId, seat, key } }));
  }
  await reportInstallations(api, { database, backup });
  return { monitoring, monitoringSeats, officeSeats };
}

async function reportInstallations(api: Api, products: { database: string; backup: string }): Promise<void> {
  const found = (productId: string, name: string, count: number) =>
    Array.from({ length: count }, (_, index) => {
      const host = `sample-host-${String(index + 1).padStart(2, '0')}`;
      return { productId, host, key: `${host}/${name}`, quantity: 1, isRemoved: false };
    });
  const installations = [...found(products.database, 'database', 6), ...found(products.backup, 'backup-agent', 8)];
  await answered(api.POST('/installations', { body: { source: 'sample scan', installations } }));
}
