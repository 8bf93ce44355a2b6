import { newId } from '../kernel/ids.ts';
import type { Caller } from './caller.ts';
import { PERMISSIONS, ROLES } from './permissions.ts';

/**
 * Muster itself, or a command on its machine, for use cases that ask who does something. It may do everything; what it makes
 * was made by nobody of the register, and the audit trail has its name.
 */
export function systemCaller(name: string): Caller {
  return {
    principal: {
      // Sound: it only goes to columns that take null for "Muster itself" (actor_id, created_by).
      id: null as unknown as string,
      kind: 'service-account',
      name,
      roles: ROLES,
      permissions: new Set(PERMISSIONS),
    },
    requestId: newId(),
  };
}
