import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { driverSettings } from '../../src/database/connection.ts';
import { SUPERUSER } from '../../src/database/embedded-database.ts';
import { type ScratchCluster, startScratchCluster } from '../support/scratch-cluster.ts';
import { type Installation, useInstallations } from '../system/installation.ts';
import { type Service, startService } from '../system/service.ts';
import { begin, muster } from './cli.ts';

const newInstallation = useInstallations();

/** A PostgreSQL that several machines share: each has a data directory of its own, with the same keys. */
let shared: ScratchCluster;
let environment: Record<string, string>;
let one: Installation;
let other: Installation;
let service: Service;

beforeAll(async () => {
  shared = await startScratchCluster({ template: inject('clusterTemplate') });
  await query('CREATE DATABASE shared');
  environment = {
    DATABASE_URL: `postgres://${SUPERUSER}@/shared?host=${shared.cluster.socketDirectory}&port=${shared.cluster.port}`,
  };
  one = await newInstallation();
  service = await startService(one, { environment, until: 'card' });
  other = await newInstallation();
  await cp(join(one.data, 'keys'), join(other.data, 'keys'), { recursive: true });
}, 120_000);

afterAll(async () => {
  await service?.stop();
  await shared?.end();
});

async function query(sql: string, database = 'postgres') {
  const client = new Client(driverSettings(shared.cluster.connection(database, SUPERUSER), 'test'));
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

describe('a worker on another machine', () => {
  it('works the jobs of its tag, which nobody else touches', async () => {
    await query(`UPDATE repository SET worker_tag = 'vault-1'`, 'shared');
    const taking = begin(one, ['backup', 'take', '--json'], environment);
    await taking.says(/backup\.take waits for a worker of the tag vault-1/);

    const worker = begin(other, ['worker', '--tag', 'vault-1'], { ...environment, MUSTER_LOG_LEVEL: 'info' });
    const taken = await taking.finished;
    expect(taken.code).toBe(0);
    expect(taken.json()).toMatchObject({
      job: { state: 'completed', workerTag: 'vault-1' },
      point: { verdict: 'sound' },
    });
    await worker.says(/"job":"backup\.take".*"msg":"job completed"/);

    worker.child.kill('SIGTERM');
    expect((await worker.finished).code).toBe(0);
  });

  it('needs the keys of the database', async () => {
    const stranger = await newInstallation();
    const refused = await muster(stranger, ['worker', '--tag', 'vault-1'], environment);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /^muster: The key file .*master\.key is missing: put it back from your sealed copy$/m,
    );
  });
});
