import { Link } from '@tanstack/react-router';
import { Table, type TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatBytes, formatCount } from '../parts/format.ts';
import { NothingHere } from '../parts/nothing-here.tsx';
import { type Exposure, longestUnseenSeconds } from './backup-api.ts';
import { ExposureWarnings } from './exposure-warnings.tsx';
import { LimitBar } from './limit-bar.tsx';

/** For each set how long damage could have gone unseen, against the time that its points go back. */
export function ExposureTable({ sets }: { readonly sets: readonly Exposure[] }) {
  const { t } = useTranslation('backups');
  const { language } = usePreferences();
  const columns: TableColumnsType<Exposure> = [
    {
      title: t('set.name'),
      key: 'name',
      render: (_, { setId, setName }) => (
        <Link to="/backups/sets/$id" params={{ id: setId }}>
          {setName}
        </Link>
      ),
    },
    {
      title: t('set.points'),
      key: 'points',
      render: (_, { presentCount, sizeBytes }) => `${formatCount(presentCount, language)} · ${formatBytes(sizeBytes)}`,
    },
    {
      title: t('set.unseenAgainstRetention'),
      key: 'unseen',
      render: (_, exposure) => (
        <LimitBar
          seconds={longestUnseenSeconds(exposure)}
          limitSeconds={exposure.retentionSeconds}
          label={t('set.unseenAgainstRetention')}
        />
      ),
    },
    {
      title: t('exposure.policy'),
      key: 'days',
      render: (_, { fullReadDays }) =>
        fullReadDays === null ? t('exposure.noPolicy') : t('exposure.days', { count: fullReadDays }),
    },
    {
      title: t('exposure.warnings'),
      key: 'warnings',
      render: (_, exposure) => <ExposureWarnings exposure={exposure} />,
    },
  ];
  return (
    <Table<Exposure>
      size="middle"
      columns={columns}
      dataSource={[...sets]}
      rowKey={({ setId }) => setId}
      pagination={false}
      scroll={{ x: 'max-content' }}
      locale={{ emptyText: <NothingHere text={t('exposure.none')} /> }}
    />
  );
}
