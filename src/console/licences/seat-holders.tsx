import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { AllocationLink, HolderName } from '../spares/allocation-link.tsx';
import { LineMark } from '../spares/marks.tsx';

const route = getRouteApi('/licences/entitlements/$id');

/** Who has seats of an entitlement now, or is promised some. */
export function SeatHolders({ entitlementId }: { readonly entitlementId: string }) {
  const { t } = useTranslation('licences');
  const { after } = route.useSearch();
  const navigate = useNavigate({ from: '/licences/entitlements/$id' });
  const stays = $api.useQuery('get', '/entitlements/{id}/allocations', {
    params: { path: { id: entitlementId }, query: stated({ after }) },
  });
  return (
    <KeyedTable
      query={stays}
      after={after}
      onPage={(next) => void navigate({ search: { after: next } })}
      rowKey={({ lineId }) => lineId}
      empty={<NothingHere text={t('holders.none')} />}
      label={t('holders.title')}
      columns={[
        { title: t('holders.holder'), key: 'holder', render: (_, { holder }) => <HolderName holder={holder} /> },
        { title: t('holders.seats'), key: 'seats', align: 'right', dataIndex: 'quantity' },
        { title: t('holders.assignee'), key: 'assignee', render: (_, { assignee }) => assignee ?? '–' },
        { title: t('holders.state'), key: 'state', render: (_, { state }) => <LineMark state={state} /> },
        { title: t('holders.from'), key: 'from', render: (_, { from }) => <Moment at={from} /> },
        { title: t('holders.until'), key: 'until', render: (_, { until }) => (until ? <Moment at={until} /> : '–') },
        {
          title: t('holders.allocation'),
          key: 'allocation',
          render: (_, { allocation }) => <AllocationLink allocation={allocation} />,
        },
      ]}
    />
  );
}
