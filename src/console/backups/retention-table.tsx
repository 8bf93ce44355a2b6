import { Link } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { formatBytes } from '../parts/format.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import type { RetentionStep } from './backup-api.ts';
import { VerdictMark } from './backup-marks.tsx';

const TONES = { keep: 'good', drop: 'warn', 'advise-drop': 'quiet', deleting: 'busy' } as const;

interface RetentionTableProps {
  readonly setId: string;
  readonly after: string | undefined;
  readonly onPage: (after: string | undefined) => void;
}

/** What retention would do with every recovery point now, and why. */
export function RetentionTable({ setId, after, onPage }: RetentionTableProps) {
  const { t } = useTranslation('backups');
  const query = $api.useQuery('get', '/backup-sets/{id}/retention-plan', {
    params: { path: { id: setId }, query: { limit: 50, ...(after ? { after } : {}) } },
  });
  const columns: TableColumnsType<RetentionStep> = [
    {
      title: t('point.takenAt'),
      key: 'at',
      render: (_, { pointId, takenAt }) => (
        <Link to="/backups/points/$id" params={{ id: pointId }}>
          <Moment at={takenAt} />
        </Link>
      ),
    },
    {
      title: t('retentionPlan.action'),
      key: 'action',
      render: (_, { action }) => <Mark tone={TONES[action]}>{t(`retentionPlan.${action}`)}</Mark>,
    },
    {
      title: t('retentionPlan.why'),
      key: 'why',
      render: (_, { reason }) => <div className="backups-reason">{reason}</div>,
    },
    { title: t('point.verdict'), key: 'verdict', render: (_, { verdict }) => <VerdictMark verdict={verdict} /> },
    { title: t('point.size'), key: 'size', align: 'right', render: (_, { sizeBytes }) => formatBytes(sizeBytes) },
  ];
  return (
    <KeyedTable
      label={t('retention')}
      rowKey={({ pointId }) => pointId}
      {...{ query, columns, after, onPage }}
      empty={<NothingHere text={t('retentionPlan.none')} />}
    />
  );
}
