/**
 * A process that sends notices, for tests that kill it: `node sender.ts '{"service":{...},"keys":"DIR","leaseSeconds":2}'`.
 * Prints `ready` when it works the outbox.
 */
import type { ConnectionSettings } from '../../../../src/database/connection.ts';
import { Database } from '../../../../src/database/database.ts';
import { createLogger } from '../../../../src/kernel/log.ts';
import { openKeyring } from '../../../../src/secrets/keyring.ts';
import { startSending } from '../sending.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as {
  readonly service: ConnectionSettings;
  readonly keys: string;
  readonly leaseSeconds: number;
};
const db = await Database.connect(settings.service, [], { applicationName: 'test sender', poolSize: 5 });
await startSending({
  db,
  service: settings.service,
  keyring: await openKeyring(settings.keys),
  leaseSeconds: settings.leaseSeconds,
  log: createLogger('warn'),
});
process.stdout.write('ready\n');
