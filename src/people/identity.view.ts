import { z } from 'zod';
import { ROLES } from '../auth/permissions.ts';
import type { Identity } from './identity.ts';

/** How a person, team or service account begins in an answer. */
export const identityView = {
  id: z.uuid(),
  name: z.string(),
  roles: z.array(z.enum(ROLES)).describe('Everything that it may do'),
  disabledAt: z.iso.datetime().nullable().describe('Since when it may do nothing any more; null while it may'),
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
};

/** The same part of one answer. */
export function identityViewOf(identity: Identity) {
  const { id, name, roles, disabledAt, version, createdAt } = identity;
  return {
    id,
    name,
    roles: [...roles],
    disabledAt: disabledAt?.toString() ?? null,
    version,
    createdAt: createdAt.toString(),
  };
}

/** Which entries a list holds. */
export const stateQuery = z.enum(['active', 'disabled', 'all']).default('active');

/** What a list is ordered by: the name in lower case, then the id. */
export const peopleCursor = z.tuple([z.string().max(400), z.uuid()]);
