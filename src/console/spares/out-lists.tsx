import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { AllocationLink, HolderName } from './allocation-link.tsx';
import { LineMark } from './marks.tsx';
import type { Summary } from './words.ts';

const route = getRouteApi('/spares/out');

function usePaging() {
  const { after } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/out' });
  return {
    after,
    onPage: (next: string | undefined) => void navigate({ search: (before) => ({ ...before, after: next }) }),
  };
}

/** What is out and should be back, the longest overdue first; with a limit only the first of it, without pages. */
export function OverdueList({ limit }: { readonly limit?: number }) {
  const { t } = useTranslation('spares');
  const { holder } = route.useSearch();
  const { after, onPage } = usePaging();
  const query = stated({ holderId: holder, limit, after: limit ? undefined : after });
  const overdue = $api.useQuery(
    'get',
    '/overdue',
    { params: { query } },
    { select: (page) => (limit ? { ...page, next: null } : page) },
  );
  return (
    <KeyedTable
      query={overdue}
      after={limit ? undefined : after}
      onPage={onPage}
      rowKey={({ lineId }) => lineId}
      empty={<NothingHere text={t('out.noneOverdue')} />}
      label={t('out.lists.overdue')}
      columns={[
        {
          title: t('out.since'),
          key: 'since',
          render: (_, { daysOverdue }) => (
            <Mark tone="bad">
              {daysOverdue === 0 ? t('out.overdueToday') : t('out.overdueDays', { count: daysOverdue })}
            </Mark>
          ),
        },
        { title: t('out.dueAt'), key: 'due', render: (_, { dueAt }) => <Moment at={dueAt} /> },
        { title: t('holder.title'), key: 'holder', render: (_, row) => <HolderName holder={row.holder} /> },
        {
          title: t('out.what'),
          key: 'what',
          render: (_, { label, unitId, quantity }) =>
            unitId ? (
              <Link to="/spares/units/$id" params={{ id: unitId }}>
                {label}
              </Link>
            ) : (
              `${quantity} × ${label}`
            ),
        },
        {
          title: t('out.code'),
          key: 'code',
          render: (_, { allocation }) => <AllocationLink allocation={allocation} />,
        },
        { title: t('out.purpose'), key: 'purpose', render: (_, { allocation }) => t(`purpose.${allocation.purpose}`) },
      ]}
    />
  );
}

/** Check-outs, holds or reservations, newest first; open ones unless those that are over are asked for. */
export function AllocationList({ list }: { readonly list: 'checkouts' | 'holds' | 'reservations' }) {
  const { t } = useTranslation('spares');
  const { holder, purpose, over } = route.useSearch();
  const paging = usePaging();
  const query = stated({ holderId: holder, purpose, open: over === undefined, after: paging.after });
  const allocations = $api.useQuery('get', `/${list}`, { params: { query } });
  return (
    <KeyedTable
      {...paging}
      query={allocations}
      rowKey={({ id }) => id}
      columns={useAllocationColumns()}
      empty={<NothingHere text={holder || purpose || over ? t('noneFits') : t('out.none')} />}
      label={t(`out.lists.${list}`)}
    />
  );
}

function useAllocationColumns(): TableColumnsType<Summary> {
  const { t } = useTranslation('spares');
  return [
    { title: t('out.code'), key: 'code', render: (_, summary) => <AllocationLink allocation={summary} /> },
    { title: t('holder.title'), key: 'holder', render: (_, { holder }) => <HolderName holder={holder} /> },
    {
      title: t('state'),
      key: 'state',
      render: (_, { lines, isOverdue }) => (
        <LineMark state={lines.issued > 0 ? 'issued' : lines.held > 0 ? 'held' : 'returned'} isOverdue={isOverdue} />
      ),
    },
    {
      title: t('out.lines'),
      key: 'lines',
      render: (_, { lines }) =>
        (['issued', 'held', 'ended'] as const)
          .filter((how) => lines[how] > 0)
          .map((how) => t(`out.count.${how}`, { count: lines[how] }))
          .join(', '),
    },
    {
      title: t('out.dueAt'),
      key: 'due',
      render: (_, { dueAt, expiresAt }) => {
        if (dueAt) return <Moment at={dueAt} />;
        return expiresAt ? <Moment at={expiresAt} /> : '–';
      },
    },
    {
      title: t('out.purpose'),
      key: 'purpose',
      render: (_, { purpose, severity }) =>
        severity ? `${t(`purpose.${purpose}`)} (${t(`severity.${severity}`)})` : t(`purpose.${purpose}`),
    },
    { title: t('unit.service'), key: 'service', render: (_, { service }) => service?.name ?? '–' },
    { title: t('out.from'), key: 'created', render: (_, { createdAt }) => <Moment at={createdAt} /> },
    { title: t('note'), key: 'note', render: (_, { note }) => note ?? '–' },
  ];
}
