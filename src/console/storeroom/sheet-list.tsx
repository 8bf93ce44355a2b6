import { Button, Checkbox } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Waiting } from '../parts/waiting.tsx';
import type { CountOne } from './count-queue.ts';
import type { CountHandle } from './use-count-queue.ts';
import type { CountPlace, SheetLine, Stocktake } from './words.ts';

interface SheetListProps {
  readonly stocktake: Stocktake;
  readonly handle: CountHandle;
  readonly places: readonly CountPlace[];
  readonly count: CountOne;
}

/** What nobody has counted so far; in a second count what a second person must count. Each can be counted without a scan. */
export function SheetList({ stocktake, handle, places, count }: SheetListProps) {
  const { t } = useTranslation('storeroom');
  const [isHere, setHere] = useState(false);
  const isAgain = stocktake.state === 'recounting';
  const here = places.find(({ code }) => code === handle.queue.place);
  const { id } = stocktake;
  const paging = { pageParamName: 'after', initialPageParam: null, getNextPageParam: nextOf };
  const left = $api.useInfiniteQuery(
    'get',
    '/stocktakes/{id}/expected',
    {
      params: {
        path: { id },
        query: { limit: 50, onlyLeft: true, ...stated({ locationId: isHere ? here?.id : undefined }) },
      },
    },
    { ...paging, enabled: !isAgain },
  );
  const again = $api.useInfiniteQuery(
    'get',
    '/stocktakes/{id}/recounts',
    { params: { path: { id }, query: { limit: 50 } } },
    { ...paging, enabled: isAgain },
  );
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage } = isAgain ? again : left;
  const lines = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {isAgain ? (
        <p>{t('sheet.again')}</p>
      ) : (
        <Checkbox checked={isHere} disabled={!here} onChange={({ target }) => setHere(target.checked)}>
          {here ? t('sheet.onlyAt', { place: here.code }) : t('sheet.onlyHere')}
        </Checkbox>
      )}
      {isPending ? <Waiting /> : null}
      {data && lines.length === 0 ? <NothingHere text={t(isAgain ? 'sheet.noneAgain' : 'sheet.none')} /> : null}
      <ul className="plain-list">
        {lines.map((line) => (
          <SheetRow key={line.id} line={line} here={here?.code} count={count} />
        ))}
      </ul>
      {hasNextPage ? <Button onClick={() => void fetchNextPage()}>{t('more')}</Button> : null}
    </>
  );
}

const nextOf = ({ next }: { readonly next: string | null }) => next ?? undefined;

interface SheetRowProps {
  readonly line: SheetLine;
  readonly here: string | undefined;
  readonly count: CountOne;
}

function SheetRow({ line, here, count }: SheetRowProps) {
  const { t } = useTranslation('storeroom');
  const { id, kind, serial, assetTag, partNumber, locationCode, lot, quantity } = line;
  const name = serial ? `${serial} · ${partNumber}` : partNumber;
  const place = locationCode ?? here;
  return (
    <li className="count-row">
      <span>
        <span className="code">{name}</span>{' '}
        <span className="sub">
          {[
            assetTag,
            locationCode,
            lot && t('sheet.lot', { lot }),
            quantity !== null && kind === 'stock' && t('sheet.pieces', { count: quantity }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </span>
      {place ? (
        <span className="row-actions">
          <Button onClick={() => count({ scan: id, name, place, state: kind === 'stock' ? 'asks' : 'waiting' })}>
            {t(kind === 'stock' ? 'sheet.number' : 'sheet.there')}
          </Button>
          {kind === 'unit' ? (
            <Button onClick={() => count({ scan: id, name, place, isAbsent: true, state: 'waiting' })}>
              {t('sheet.absent')}
            </Button>
          ) : null}
        </span>
      ) : null}
    </li>
  );
}
