import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';

const route = getRouteApi('/storeroom/stocktakes/$id');

/** Who counted what and when, in its order. */
export function CountRecords({ id }: { readonly id: string }) {
  const { t } = useTranslation('storeroom');
  const { after } = route.useSearch();
  const navigate = useNavigate({ from: '/storeroom/stocktakes/$id' });
  const counts = $api.useQuery('get', '/stocktakes/{id}/counts', {
    params: { path: { id }, query: stated({ after }) },
  });
  return (
    <KeyedTable
      query={counts}
      columns={[
        {
          title: t('records.what'),
          key: 'what',
          render: (_, { code, thingId }) => <span className="code">{code ?? thingId}</span>,
        },
        { title: t('place'), key: 'place', render: (_, { locationCode }) => locationCode ?? '–' },
        { title: t('records.counted'), dataIndex: 'counted', align: 'right' },
        { title: t('records.who'), key: 'who', render: (_, { countedBy }) => countedBy.name },
        { title: t('records.when'), key: 'when', render: (_, { countedAt }) => <Moment at={countedAt} /> },
        { title: t('records.how'), key: 'how', render: (_, { source }) => t(`source.${source}`) },
        { title: t('records.round'), dataIndex: 'round', align: 'right' },
      ]}
      rowKey={(count) => count.id}
      after={after}
      onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
      empty={<NothingHere text={t('records.none')} />}
      label={t('lists.counts')}
    />
  );
}
