import type { Permission, Role } from './permissions.ts';

export type PrincipalKind = 'person' | 'team' | 'service-account';

/** Whoever acts: the owner of the token or session that a request carries. */
export interface Principal {
  readonly id: string;
  readonly kind: PrincipalKind;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly permissions: ReadonlySet<Permission>;
}
