import { $api } from '../api/client.ts';

/** A person by name, who is known by the id alone. */
export function PersonName({ id }: { readonly id: string }) {
  const { data } = $api.useQuery('get', '/persons/{id}', { params: { path: { id } } }, { staleTime: 300_000 });
  return <>{data?.name ?? '…'}</>;
}
