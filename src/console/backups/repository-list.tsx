import { Link } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import type { Repository } from './backup-api.ts';
import { CheckMark, RepositoryMark } from './backup-marks.tsx';
import { TestConnection } from './repository-actions.tsx';
import './backups.css';

interface ListProps {
  readonly after: string | undefined;
  readonly onPage: (after: string | undefined) => void;
}

/** Where backups lie: whether it can be read, and what was last read there. */
export function RepositoryList({ after, onPage }: ListProps) {
  const { t } = useTranslation('backups');
  const query = $api.useQuery('get', '/repositories', {
    params: { query: { limit: 20, ...(after ? { after } : {}) } },
  });
  const columns: TableColumnsType<Repository> = [
    {
      title: t('repository.name'),
      key: 'name',
      render: (_, { id, name, kind }) => (
        <>
          <Link to="/backups/repositories/$id" params={{ id }}>
            {name}
          </Link>
          <div className="backups-quiet">{t(`repository.kind.${kind}`)}</div>
        </>
      ),
    },
    {
      title: t('repository.state'),
      key: 'state',
      render: (_, repository) => (
        <>
          <RepositoryMark repository={repository} />
          {repository.unavailable ? <div className="backups-reason">{repository.unavailable.reason}</div> : null}
        </>
      ),
    },
    { title: t('repository.lastCheck'), key: 'check', render: (_, { id }) => <LastCheck repositoryId={id} /> },
    {
      title: t('repository.lastTest'),
      key: 'test',
      render: (_, { tested }) => (tested ? <Moment at={tested.at} /> : t('repository.neverTested')),
    },
    {
      key: 'actions',
      title: <span className="visually-hidden">{t('actions')}</span>,
      render: (_, repository) => <TestConnection repository={repository} />,
    },
  ];
  return (
    <KeyedTable
      label={t('repositories')}
      query={query}
      columns={columns}
      rowKey={({ id }) => id}
      {...{ after, onPage }}
      empty={<NothingHere text={t('repository.none')} />}
    />
  );
}

function LastCheck({ repositoryId }: { readonly repositoryId: string }) {
  const { t } = useTranslation('backups');
  const { data } = $api.useQuery('get', '/repositories/{id}/checks', {
    params: { path: { id: repositoryId }, query: { limit: 1 } },
  });
  const check = data?.items[0];
  if (!data) return null;
  if (!check) return <>{t('neverChecked')}</>;
  return (
    <>
      <CheckMark check={check} /> <Moment at={check.finishedAt ?? check.startedAt} />
    </>
  );
}
