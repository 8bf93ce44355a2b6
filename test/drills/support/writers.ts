import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type ConnectionSettings, driverSettings } from '../../../src/database/connection.ts';

/** Writers that change a table of the live database until they are stopped. */
export async function startWriters(settings: ConnectionSettings, count: number) {
  const setup = new Client(driverSettings(settings, 'writers'));
  await setup.connect();
  await setup.query('CREATE TABLE IF NOT EXISTS busy (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text)');
  await setup.end();
  let running = true;
  let commits = 0;
  const write = async () => {
    const client = new Client(driverSettings(settings, 'writer'));
    await client.connect();
    while (running) {
      await client.query('INSERT INTO busy (note) VALUES (repeat(md5(random()::text), 8))');
      await client.query('UPDATE busy SET note = upper(note) WHERE id = (SELECT max(id) FROM busy)');
      commits += 2;
      await delay(2);
    }
    await client.end();
  };
  const writers = Array.from({ length: count }, write);
  return {
    async stop() {
      running = false;
      await Promise.all(writers);
      return commits;
    },
  };
}
