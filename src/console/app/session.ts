import { $api } from '../api/client.ts';

/** Who is signed in, and what they may do. */
export function useMe() {
  return $api.useQuery('get', '/me', {}, { staleTime: 60_000, refetchOnWindowFocus: 'always' });
}

type Me = NonNullable<ReturnType<typeof useMe>['data']>;

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
