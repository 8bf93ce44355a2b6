import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import type { Caller } from '../../src/auth/caller.ts';
import type { Role } from '../../src/auth/permissions.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import type { PrincipalKind } from '../../src/auth/principal.ts';
import type { Database } from '../../src/database/database.ts';
import { newId } from '../../src/kernel/ids.ts';

/** A principal of a new name that asks for something. */
export async function makeCaller(
  db: Database,
  { kind = 'team', roles = ['admin'] }: { kind?: PrincipalKind; roles?: readonly Role[] } = {},
): Promise<Caller> {
  const name = `${kind} ${newId()}`;
  const principal = await db.transaction((tx) => createPrincipal(tx, { kind, name, roles }, { actor: SYSTEM_ACTOR }));
  return { principal, requestId: newId() };
}

export interface AuditLine {
  readonly action: string;
  readonly actor_id: string | null;
  readonly request_id: string | null;
  readonly details: Record<string, unknown>;
}

/** What the audit trail says about one subject, oldest first. */
export async function auditOf(db: Database, subjectKind: string, subjectId: string): Promise<AuditLine[]> {
  return db.rows<AuditLine>(
    `SELECT action, actor_id, request_id, details FROM audit_entry
     WHERE subject_kind = $1 AND subject_id = $2 ORDER BY id`,
    [subjectKind, subjectId],
  );
}
