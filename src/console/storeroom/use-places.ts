import { useEffect } from 'react';
import { $api } from '../api/client.ts';
import type { CountPlace } from './words.ts';

/** All places of a stocktake, by code; read in whole, so that a scanned location is known without the network. */
export function usePlaces(id: string): readonly CountPlace[] {
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = $api.useInfiniteQuery(
    'get',
    '/stocktakes/{id}/locations',
    { params: { path: { id }, query: { limit: 200 } } },
    { pageParamName: 'after', initialPageParam: null, getNextPageParam: ({ next }) => next ?? undefined },
  );
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const places = data?.pages.flatMap(({ items }) => items) ?? [];
  return places.toSorted((one, other) => one.code.localeCompare(other.code, undefined, { numeric: true }));
}
