import type { Caller } from '../auth/caller.ts';
import { PERMISSIONS, ROLES } from '../auth/permissions.ts';
import { newId } from '../kernel/ids.ts';
import { cliActor } from './sign-in-link.ts';

/**
 * Whoever runs the command, for use cases that ask who does something. On this machine they may do everything; the audit
 * trail names them as {@link cliActor}, and what they make was made by nobody of the register.
 */
export function commandCaller(): Caller {
  const { principalId, name } = cliActor();
  return {
    principal: {
      // Sound: it only goes to columns that take null for "Muster itself" (actor_id, created_by).
      id: principalId as unknown as string,
      kind: 'service-account',
      name,
      roles: ROLES,
      permissions: new Set(PERMISSIONS),
    },
    requestId: newId(),
  };
}
