import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatBytes, formatSeconds } from '../parts/format.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import type { PointCheck } from './backup-api.ts';
import { CheckMark } from './backup-marks.tsx';

interface CheckTableProps {
  readonly query: UseQueryResult<{ readonly items: readonly PointCheck[]; readonly next: string | null }, unknown>;
  readonly after: string | undefined;
  readonly onPage: (after: string | undefined) => void;
  /** What to say when nothing was checked yet. */
  readonly empty: string;
}

/** Checks of recovery points, newest first: what came of each, how deep it went and how fast it read. */
export function CheckTable({ query, after, onPage, empty }: CheckTableProps) {
  const { t } = useTranslation('backups');
  const { language } = usePreferences();
  const columns: TableColumnsType<PointCheck> = [
    { title: t('check.at'), key: 'at', render: (_, { startedAt }) => <Moment at={startedAt} /> },
    {
      title: t('point.one'),
      key: 'point',
      render: (_, { pointId, pointName }) => (
        <Link to="/backups/points/$id" params={{ id: pointId }} className="code">
          {pointName}
        </Link>
      ),
    },
    { title: t('check.result'), key: 'result', render: (_, check) => <CheckMark check={check} /> },
    { title: t('check.level'), key: 'level', render: (_, { level }) => (level ? t(`level.${level}`) : null) },
    { title: t('check.reason'), key: 'reason', render: (_, { reason }) => t(`reason.${reason}`) },
    {
      title: t('check.read'),
      key: 'read',
      render: (_, { bytesRead }) => (bytesRead === null ? null : formatBytes(bytesRead)),
    },
    {
      title: t('check.took'),
      key: 'took',
      render: (_, { durationSeconds }) => (durationSeconds === null ? null : formatSeconds(durationSeconds, language)),
    },
  ];
  return (
    <KeyedTable
      label={t('check.list')}
      rowKey={({ id, attempt }) => `${id} ${attempt}`}
      {...{ query, columns, after, onPage }}
      empty={<NothingHere text={empty} />}
    />
  );
}
