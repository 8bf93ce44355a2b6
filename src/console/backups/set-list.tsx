import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark } from '../parts/mark.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ageSeconds, type BackupSet, type Exposure, longestUnseenSeconds, rpoSecondsOf } from './backup-api.ts';
import { FreshnessMark } from './backup-marks.tsx';
import { LimitBar } from './limit-bar.tsx';
import './backups.css';

interface ListProps {
  readonly after: string | undefined;
  readonly onPage: (after: string | undefined) => void;
}

/** Every backup set: fresh or stale, how old its newest sound point is, and how long damage could hide. */
export function SetList({ after, onPage }: ListProps) {
  const { t } = useTranslation('backups');
  const query = $api.useQuery('get', '/backup-sets', { params: { query: { limit: 25, ...(after ? { after } : {}) } } });
  const exposures = useExposures(query.data?.items ?? []);
  const columns: TableColumnsType<BackupSet> = [
    {
      title: t('set.name'),
      key: 'name',
      render: (_, set) => (
        <>
          <Link to="/backups/sets/$id" params={{ id: set.id }}>
            {set.name}
          </Link>
          <div className="backups-quiet">{t(`kind.${set.kind}`)}</div>
        </>
      ),
    },
    { title: t('set.state'), key: 'state', render: (_, set) => <FreshnessMark set={set} /> },
    { title: t('set.newestShort'), key: 'newest', render: (_, set) => <NewestSound set={set} /> },
    { title: t('set.points'), key: 'points', render: (_, set) => <PointCounts set={set} /> },
    { title: t('set.unseen'), key: 'unseen', render: (_, { id }) => <Unseen exposure={exposures.get(id)} /> },
  ];
  return (
    <KeyedTable
      label={t('sets')}
      query={query}
      columns={columns}
      rowKey={({ id }) => id}
      {...{ after, onPage }}
      empty={<NothingHere text={t('set.none')} />}
    />
  );
}

/** What each repository of these sets says of them; sets share repositories, so each is asked once. */
function useExposures(sets: readonly BackupSet[]): ReadonlyMap<string, Exposure> {
  const repositories = [...new Set(sets.map(({ repositoryId }) => repositoryId))];
  const answers = useQueries({
    queries: repositories.map((id) =>
      $api.queryOptions('get', '/repositories/{id}/verification', { params: { path: { id } } }),
    ),
  });
  return new Map(
    answers.flatMap(({ data }) => data?.sets.map((exposure) => [exposure.setId, exposure] as const) ?? []),
  );
}

/** The age of the newest sound point against the most that it may be. */
export function NewestSound({ set }: { readonly set: BackupSet }) {
  const { t } = useTranslation('backups');
  const { newestSoundPoint } = set;
  if (!newestSoundPoint) return <Mark tone="bad">{t('set.noSoundPoint')}</Mark>;
  return (
    <LimitBar
      seconds={ageSeconds(newestSoundPoint.takenAt)}
      limitSeconds={rpoSecondsOf(set)}
      label={t('set.newestAgainstRpo')}
    />
  );
}

function PointCounts({ set }: { readonly set: BackupSet }) {
  const { t } = useTranslation('backups');
  const { presentCount, unsoundCount } = set;
  return (
    <>
      {presentCount}
      {unsoundCount > 0 ? (
        <>
          {' · '}
          <Mark tone="bad">{t('set.unsound', { count: unsoundCount })}</Mark>
        </>
      ) : null}
    </>
  );
}

function Unseen({ exposure }: { readonly exposure: Exposure | undefined }) {
  const { t } = useTranslation('backups');
  if (!exposure || exposure.presentCount === 0) return null;
  const [warning] = exposure.warnings;
  return (
    <>
      <LimitBar
        seconds={longestUnseenSeconds(exposure)}
        limitSeconds={exposure.retentionSeconds}
        label={t('set.unseenAgainstRetention')}
      />
      {warning ? <Mark tone="warn">{t(`warning.${warning.kind}.short`)}</Mark> : null}
    </>
  );
}
