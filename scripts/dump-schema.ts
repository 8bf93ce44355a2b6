// Writes src/database/schema.txt from a fresh install, or with --check says whether it is up to date.
import { join } from 'node:path';
import { Client } from 'pg';
import { ensureEmbeddedDatabase } from '../src/database/embedded-database.ts';
import { snapshotSchema } from '../src/database/schema-snapshot.ts';
import { createSchema } from '../test/support/schema.ts';
import { startScratchCluster } from '../test/support/scratch-cluster.ts';
import { keepUpToDate } from './generated-file.ts';

const { cluster, end } = await startScratchCluster();
try {
  const access = await ensureEmbeddedDatabase(cluster.connection);
  await createSchema(access);
  const client = new Client(access.owner);
  await client.connect();
  const schema = await snapshotSchema(async <Row>(sql: string) => (await client.query(sql)).rows as Row[]);
  await client.end();
  await keepUpToDate(join(import.meta.dirname, '../src/database/schema.txt'), schema, 'npm run schema:dump');
} finally {
  await end();
}
