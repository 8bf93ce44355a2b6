import { Client } from 'pg';
import { DATABASE_NAME, SUPERUSER } from '../../src/database/embedded-database.ts';
import { readPostmasterPid } from '../../src/database/server/postmaster-pid.ts';
import { SOCKET_PORT } from '../../src/database/server/socket-directory.ts';
import type { Phase } from '../../src/drills/phase.ts';
import { eventually } from './eventually.ts';
import type { Service } from './service.ts';

/** A superuser's connection to the database of a running service, through its socket. */
export async function connectTo(service: Service): Promise<Client> {
  const postmaster = await readPostmasterPid(`${service.installation.data}/postgres`);
  const host = postmaster?.socketDirectory ?? '';
  const client = new Client({ host, port: SOCKET_PORT, user: SUPERUSER, database: DATABASE_NAME });
  client.on('error', () => {
    // The server is killed under this connection: that is what the tests are about.
  });
  await client.connect();
  return client;
}

/** Names the lock; any number that the service does not use. */
const LOCK = 771_771;

/** A phase of the next drill run that begins, does its work and cannot write its end. */
export interface HeldPhase {
  /** Resolves when the phase has done its work and waits. */
  reached(): Promise<void>;
  /** Lets go of the database; nothing is held any more. */
  release(): Promise<void>;
}

/**
 * Some phases take milliseconds on a small database, too short to be hit by a kill. The database holds the write that ends the
 * phase, as a slow disk would; everything that the phase makes is there by then.
 */
export async function holdPhase(service: Service, phase: Phase): Promise<HeldPhase> {
  const client = await connectTo(service);
  await client.query(`SELECT pg_advisory_lock(${LOCK})`);
  await client.query(`
    CREATE OR REPLACE FUNCTION hold_phase() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
      'BEGIN PERFORM pg_advisory_xact_lock(${LOCK}); RETURN NEW; END';
    CREATE OR REPLACE TRIGGER hold_phase BEFORE UPDATE ON drill_phase FOR EACH ROW
      WHEN (OLD.phase = '${phase}' AND OLD.status = 'running') EXECUTE FUNCTION hold_phase()`);
  return {
    reached: async () => {
      await eventually(`the phase ${phase} waits for its end`, 40, async () => {
        const waiting = await client.query(
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK} AND NOT granted`,
        );
        return waiting.rowCount === 0 ? undefined : true;
      });
    },
    release: async () => {
      // After a kill the server is gone, and the connection with it.
      await client.end().catch(() => {});
    },
  };
}

/** Takes the hold away again. */
export async function releasePhases(service: Service): Promise<void> {
  const client = await connectTo(service);
  await client.query('DROP TRIGGER IF EXISTS hold_phase ON drill_phase');
  await client.query('DROP FUNCTION IF EXISTS hold_phase');
  await client.end();
}
