import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { AllocationLink, HolderName } from './allocation-link.tsx';
import { LineMark } from './marks.tsx';
import { useMovementColumns } from './movement-columns.tsx';
import type { Unit } from './words.ts';

const route = getRouteApi('/spares/units/$id');

function usePaging() {
  const { after } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/units/$id' });
  return {
    after,
    onPage: (next: string | undefined) => void navigate({ search: (before) => ({ ...before, after: next }) }),
  };
}

/** Where a unit came from and went to, newest first. */
export function UnitMovements({ unit }: { readonly unit: Unit }) {
  const { t } = useTranslation('spares');
  const paging = usePaging();
  const movements = $api.useQuery('get', '/units/{id}/movements', {
    params: { path: { id: unit.id }, query: stated({ after: paging.after }) },
  });
  return (
    <KeyedTable
      {...paging}
      query={movements}
      rowKey={({ id }) => id}
      columns={useMovementColumns()}
      empty={<NothingHere text={t('movement.none')} />}
      label={t('part.movements')}
    />
  );
}

/** Who had a unit or was promised it, newest first. */
export function UnitAllocations({ unit }: { readonly unit: Unit }) {
  const { t } = useTranslation('spares');
  const paging = usePaging();
  const stays = $api.useQuery('get', '/units/{id}/allocations', {
    params: { path: { id: unit.id }, query: stated({ after: paging.after }) },
  });
  return (
    <KeyedTable
      {...paging}
      query={stays}
      rowKey={({ lineId }) => lineId}
      empty={<NothingHere text={t('unit.noAllocations')} />}
      label={t('unit.allocations')}
      columns={[
        {
          title: t('out.code'),
          key: 'code',
          render: (_, { allocation }) => <AllocationLink allocation={allocation} />,
        },
        { title: t('holder.title'), key: 'holder', render: (_, { holder }) => <HolderName holder={holder} /> },
        { title: t('state'), key: 'state', render: (_, { state }) => <LineMark state={state} /> },
        { title: t('out.purpose'), key: 'purpose', render: (_, { allocation }) => t(`purpose.${allocation.purpose}`) },
        { title: t('out.from'), key: 'from', render: (_, { from }) => <Moment at={from} /> },
        { title: t('out.until'), key: 'until', render: (_, { until }) => (until ? <Moment at={until} /> : '–') },
        { title: t('out.ended'), key: 'ended', render: (_, { endedAt }) => (endedAt ? <Moment at={endedAt} /> : '–') },
        { title: t('note'), key: 'note', render: (_, { endNote }) => endNote ?? '–' },
      ]}
    />
  );
}

/** The tests of a unit, newest first. */
export function UnitTests({ unit }: { readonly unit: Unit }) {
  const { t } = useTranslation('spares');
  const paging = usePaging();
  const tests = $api.useQuery('get', '/units/{id}/tests', {
    params: { path: { id: unit.id }, query: stated({ after: paging.after }) },
  });
  return (
    <KeyedTable
      {...paging}
      query={tests}
      rowKey={({ id }) => id}
      empty={<NothingHere text={t('unit.noTests')} />}
      label={t('unit.tests')}
      columns={[
        { title: t('movement.when'), key: 'when', render: (_, { testedAt }) => <Moment at={testedAt} /> },
        {
          title: t('unit.result'),
          key: 'result',
          render: (_, { result }) => (
            <Mark tone={result === 'passed' ? 'good' : 'bad'}>{t(`testResult.${result}`)}</Mark>
          ),
        },
        { title: t('note'), key: 'note', render: (_, { note }) => note ?? '–' },
        { title: t('movement.who'), key: 'who', render: (_, { actor }) => actor?.name ?? t('movement.itself') },
      ]}
    />
  );
}
