import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import type { Report } from './backup-api.ts';

const TONES = { start: 'busy', success: 'good', fail: 'bad' } as const;

interface ReportTableProps {
  readonly setId: string;
  readonly after: string | undefined;
  readonly onPage: (after: string | undefined) => void;
}

/** What backup scripts have said of their runs. */
export function ReportTable({ setId, after, onPage }: ReportTableProps) {
  const { t } = useTranslation('backups');
  const { language } = usePreferences();
  const query = $api.useQuery('get', '/backup-sets/{id}/reports', {
    params: { path: { id: setId }, query: { limit: 25, ...(after ? { after } : {}) } },
  });
  const columns: TableColumnsType<Report> = [
    { title: t('report.at'), key: 'at', render: (_, { receivedAt }) => <Moment at={receivedAt} /> },
    {
      title: t('report.said'),
      key: 'kind',
      render: (_, { kind }) => <Mark tone={TONES[kind]}>{t(`report.kind.${kind}`)}</Mark>,
    },
    {
      title: t('report.took'),
      key: 'took',
      render: (_, { durationSeconds }) => (durationSeconds === null ? null : formatSeconds(durationSeconds, language)),
    },
    {
      title: t('point.name'),
      key: 'point',
      render: (_, { pointName }) => (pointName ? <span className="code">{pointName}</span> : null),
    },
    {
      title: t('report.log'),
      key: 'log',
      render: (_, { logExcerpt }) => (logExcerpt ? <pre className="report-log">{logExcerpt}</pre> : null),
    },
  ];
  return (
    <KeyedTable
      label={t('reports')}
      rowKey={({ id }) => id}
      {...{ query, columns, after, onPage }}
      empty={<NothingHere text={t('report.none')} />}
    />
  );
}
