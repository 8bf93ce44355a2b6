import { Table, type TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { useReachableTable } from '../parts/use-reachable-table.ts';
import type { Attainment } from './incident-data.ts';
import { Span } from './marks.tsx';

type Row = Attainment['rows'][number];

/** The figures told apart by what was chosen. */
export function AttainmentRows({ attainment }: { readonly attainment: Attainment }) {
  const { t } = useTranslation('incidents');
  const columns = useColumns(attainment.by);
  const around = useReachableTable();
  return (
    <section className="keyed-table" ref={around} aria-label={t('attainment.title')}>
      <Table<Row>
        size="small"
        columns={columns}
        dataSource={attainment.rows}
        rowKey={({ severity, kind, service, team, month }) => [severity, kind, service?.id, team?.id, month].join(' ')}
        pagination={attainment.rows.length > 50 ? { pageSize: 50 } : false}
        scroll={{ x: 'max-content' }}
      />
    </section>
  );
}

function useColumns(by: Attainment['by']): TableColumnsType<Row> {
  const { t } = useTranslation('incidents');
  const groups = {
    severity: {
      ...{ key: 'severity', title: t('field.severity') },
      render: (_: unknown, { severity }: Row) => severity && t(`severity.${severity}`),
    },
    kind: {
      ...{ key: 'kind', title: t('attainment.clock') },
      render: (_: unknown, { kind }: Row) => kind && t(`clock.${kind}`),
    },
    service: {
      ...{ key: 'service', title: t('field.service') },
      render: (_: unknown, { service }: Row) => service?.name ?? t('attainment.noService'),
    },
    team: {
      ...{ key: 'team', title: t('field.team') },
      render: (_: unknown, { team }: Row) => team?.name ?? t('attainment.noTeam'),
    },
    month: { key: 'month', title: t('attainment.month'), render: (_: unknown, { month }: Row) => month },
  };
  return [
    ...by.map((dimension) => groups[dimension]),
    { key: 'clocks', title: t('attainment.clocks'), align: 'right', render: (_, { clocks }) => clocks },
    { key: 'met', title: t('attainment.met'), align: 'right', render: (_, { met }) => met },
    { key: 'breached', title: t('attainment.breached'), align: 'right', render: (_, { breached }) => breached },
    {
      ...{ key: 'open', title: t('attainment.open'), align: 'right' },
      render: (_, { open }) => open.onTrack + open.atRisk + open.breached,
    },
    {
      ...{ key: 'percent', title: t('attainment.percent'), align: 'right' },
      render: (_, { metPercent }) => (metPercent === null ? t('attainment.undecided') : `${metPercent} %`),
    },
    {
      ...{ key: 'p50', title: t('attainment.p50'), align: 'right' },
      render: (_, { measured }) => measured && <Span seconds={measured.p50Seconds} />,
    },
    {
      ...{ key: 'p90', title: t('attainment.p90'), align: 'right' },
      render: (_, { measured }) => measured && <Span seconds={measured.p90Seconds} />,
    },
  ];
}
