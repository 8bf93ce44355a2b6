import { $api } from '../api/client.ts';

/** Who is signed in, and what they may do. While nobody is, it is not asked again by itself: somebody is typing their name. */
export function useMe() {
  const refetchOnWindowFocus = ({ state }: { readonly state: { readonly data: unknown } }) =>
    state.data === undefined ? false : 'always';
  return $api.useQuery('get', '/me', {}, { staleTime: 60_000, refetchOnWindowFocus });
}

type Me = NonNullable<ReturnType<typeof useMe>['data']>;

/** A set of permissions that somebody has. */
export type Role = Me['roles'][number];

/** One thing that somebody may do. */
export type Permission = Me['permissions'][number];

/**
 * Whether the one who is signed in may do something: the console hides what they may not. The server refuses it whatever the
 * console shows.
 */
export function useCan(): (permission: Permission) => boolean {
  const { data } = useMe();
  return (permission) => data?.permissions.includes(permission) ?? false;
}
