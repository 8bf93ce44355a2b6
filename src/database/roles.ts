import type { Client } from 'pg';
import { sqlFailureOf } from './sqlstate.ts';

/** The role the service works under: it owns nothing, so it can switch off no trigger and rewrite no ledger. */
export const SERVICE_ROLE = 'muster_service';

/** Whether the service's role could be set up, and if not, why. */
export type ServiceRole = { readonly available: true } | { readonly available: false; readonly reason: string };

/**
 * Makes sure that the service's role exists and that the connected (owning) role may change to it.
 * The role belongs to the whole cluster, so several replicas may race here: losing that race is success.
 */
export async function ensureServiceRole(owner: Client): Promise<ServiceRole> {
  try {
    await owner.query(`
      DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${SERVICE_ROLE}') THEN
          CREATE ROLE ${SERVICE_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
        END IF;
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END $$`);
    // From 16 on a role that made another one is its member without the right to change to it.
    const may = await owner.query<{ may: boolean }>(
      `SELECT pg_has_role(current_user, '${SERVICE_ROLE}',
         CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS may`,
    );
    if (!may.rows[0]?.may) await owner.query(`GRANT ${SERVICE_ROLE} TO CURRENT_USER`);
    await owner.query(`SET ROLE ${SERVICE_ROLE}`);
    await owner.query('RESET ROLE');
    return { available: true };
  } catch (thrown) {
    const failure = sqlFailureOf(thrown);
    if (!failure) throw thrown;
    return { available: false, reason: failure.message };
  }
}
