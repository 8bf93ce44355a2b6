import { z } from 'zod';
import type { Caller } from '../auth/caller.ts';
import { ROLES } from '../auth/permissions.ts';
import type { PrincipalKind } from '../auth/principal.ts';
import type { Queryable, Tx } from '../database/database.ts';
import type { IdentityTarget } from './identity.service.ts';
import type { Identity } from './identity.ts';
import type { Listed, PeoplePage } from './people.queries.ts';

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
export const stateQuery = z
  .enum(['active', 'disabled', 'all'])
  .default('active')
  .describe('Which ones: those that may act, those that are disabled, or both');

/** The types of one kind of identity in the API. */
export interface IdentityTypes {
  readonly item: Identity;
  /** As an answer shows it, before it becomes JSON. */
  readonly view: object;
  readonly new: object;
  readonly change: object;
  readonly filter: object;
}

/**
 * What one kind of identity has of its own in the API: what it is called, what is said about it, how its list is
 * filtered, and the use cases. The routes themselves are the same for every kind.
 */
export interface IdentityApi<Of extends IdentityTypes> {
  readonly kind: PrincipalKind;
  readonly path: `/${string}`;
  /** Inside a sentence: `service account`. */
  readonly noun: string;
  /** At the end of an operation's id: `ServiceAccount`. */
  readonly operationNoun: string;
  readonly view: z.ZodType<unknown, Of['view']>;
  readonly viewOf: (item: Of['item']) => Of['view'];
  readonly newSchema: z.ZodType<Of['new']>;
  readonly changeSchema: z.ZodType<Of['change']>;
  /** The query parameters of its list, besides those of the page. */
  readonly filters: { readonly [Name in keyof Of['filter']]-?: z.ZodType<Of['filter'][Name]> };
  /** Error codes of what is wrong with a new or a changed one, besides its name and roles. */
  readonly ownErrors: readonly string[];
  readonly examples: { readonly new: Of['new']; readonly view: Of['view']; readonly change: Of['change'] };
  readonly list: (db: Queryable, filter: Of['filter'], page: PeoplePage) => Promise<Listed<Of['item']>[]>;
  readonly byId: (db: Queryable, id: string) => Promise<Of['item']>;
  readonly create: (tx: Tx, caller: Caller, wanted: Of['new']) => Promise<Of['item']>;
  readonly update: (tx: Tx, caller: Caller, target: IdentityTarget, change: Of['change']) => Promise<Of['item']>;
}
