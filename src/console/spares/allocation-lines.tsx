import { Link } from '@tanstack/react-router';
import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Moment } from '../parts/moment.tsx';
import { useReachableTable } from '../parts/use-reachable-table.ts';
import { LineMark } from './marks.tsx';
import type { Allocation, AllocationLine } from './words.ts';

/** What an allocation is made of, line by line. */
export function AllocationLines({ allocation }: { readonly allocation: Allocation }) {
  const { t } = useTranslation('spares');
  const around = useReachableTable();
  const moment = (at: string | null) => (at ? <Moment at={at} /> : '–');
  return (
    <section ref={around} aria-label={t('out.lines')}>
      <Table<AllocationLine>
        size="middle"
        pagination={false}
        scroll={{ x: 'max-content' }}
        rowKey={({ id }) => id}
        dataSource={allocation.lines}
        columns={[
          { title: t('out.what'), key: 'what', render: (_, line) => <LineThing line={line} /> },
          { title: t('stock.quantity'), dataIndex: 'quantity', key: 'quantity', align: 'right' },
          {
            title: t('state'),
            key: 'state',
            render: (_, line) => (
              <>
                <LineMark state={line.state} isOverdue={line.isOverdue} />
                {line.isFromReserve ? <div className="sub">{t('out.fromReserve')}</div> : null}
                {line.kind === 'unit' && line.state === 'held' && !line.isPinned ? (
                  <div className="sub">{t('out.notPinned')}</div>
                ) : null}
              </>
            ),
          },
          { title: t('place'), key: 'place', render: (_, { location }) => location?.code ?? '–' },
          { title: t('out.from'), key: 'from', render: (_, { from }) => moment(from) },
          { title: t('out.dueAt'), key: 'due', render: (_, { dueAt, until }) => moment(dueAt ?? until) },
          { title: t('out.expiresAt'), key: 'expires', render: (_, { expiresAt }) => moment(expiresAt) },
          { title: t('out.ended'), key: 'ended', render: (_, { endedAt }) => moment(endedAt) },
          { title: t('note'), key: 'note', render: (_, { endNote }) => endNote ?? '–' },
        ]}
      />
    </section>
  );
}

/** What a line stands for: a unit, pieces of a part, or seats. */
function LineThing({ line }: { readonly line: AllocationLine }) {
  const { unit, part, entitlement, assignee } = line;
  if (unit) {
    return (
      <>
        <Link to="/spares/units/$id" params={{ id: unit.id }} className="code">
          {unit.serial}
        </Link>
        <div className="sub">{[unit.assetTag, part?.partNumber].filter(Boolean).join(' · ')}</div>
      </>
    );
  }
  if (part) {
    return (
      <>
        <Link to="/spares/parts/$id" params={{ id: part.id }} className="code">
          {part.partNumber}
        </Link>
        <div className="sub">{part.name}</div>
      </>
    );
  }
  return (
    <>
      {entitlement?.name}
      <div className="sub">{[entitlement?.product, assignee].filter(Boolean).join(' · ')}</div>
    </>
  );
}
