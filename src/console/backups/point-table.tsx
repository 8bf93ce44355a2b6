import { Link } from '@tanstack/react-router';
import { Checkbox, type TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { formatBytes } from '../parts/format.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import type { BackupSet, RecoveryPoint } from './backup-api.ts';
import { PointStateMark, VerdictMark } from './backup-marks.tsx';
import { PointTimeline } from './point-timeline.tsx';

interface PointTableProps {
  readonly set: BackupSet;
  readonly withRemoved: boolean;
  readonly onRemoved: (shown: boolean) => void;
  readonly after: string | undefined;
  readonly onPage: (after: string | undefined) => void;
}

/** The recovery points of a set, youngest data first: on a line of time, and as a list. */
export function PointTable({ set, withRemoved, onRemoved, after, onPage }: PointTableProps) {
  const { t } = useTranslation('backups');
  const query = $api.useQuery('get', '/backup-sets/{id}/points', {
    params: { path: { id: set.id }, query: { limit: 50, withDeleted: withRemoved, ...(after ? { after } : {}) } },
  });
  return (
    <>
      <PointTimeline points={query.data?.items ?? []} />
      <Checkbox className="backups-filter" checked={withRemoved} onChange={({ target }) => onRemoved(target.checked)}>
        {t('point.withRemoved')}
      </Checkbox>
      <KeyedTable
        label={t('points')}
        columns={useColumns()}
        rowKey={({ id }) => id}
        {...{ query, after, onPage }}
        empty={<NothingHere text={t(set.kind === 'external' ? 'point.noneFound' : 'point.noneTaken')} />}
      />
    </>
  );
}

function useColumns(): TableColumnsType<RecoveryPoint> {
  const { t } = useTranslation('backups');
  return [
    {
      title: t('point.takenAt'),
      key: 'at',
      render: (_, { id, takenAt }) => (
        <Link to="/backups/points/$id" params={{ id }}>
          <Moment at={takenAt} />
        </Link>
      ),
    },
    {
      title: t('point.verdict'),
      key: 'verdict',
      render: (_, point) => (
        <>
          <VerdictMark verdict={point.verdict} /> <PointStateMark point={point} />
        </>
      ),
    },
    {
      title: t('point.level'),
      key: 'level',
      render: (_, { verifiedLevel }) => (verifiedLevel ? t(`level.${verifiedLevel}`) : null),
    },
    {
      title: t('point.readInFull'),
      key: 'read',
      render: (_, { readInFullAt }) => (readInFullAt ? <Moment at={readInFullAt} /> : t('never')),
    },
    { title: t('point.size'), key: 'size', align: 'right', render: (_, { sizeBytes }) => formatBytes(sizeBytes) },
    { title: t('point.name'), key: 'name', render: (_, { name }) => <span className="code">{name}</span> },
  ];
}
