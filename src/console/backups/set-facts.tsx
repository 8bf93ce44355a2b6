import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Facts } from '../parts/facts.tsx';
import { formatBytes } from '../parts/format.ts';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { type BackupSet, longestUnseenSeconds } from './backup-api.ts';
import { FreshnessMark } from './backup-marks.tsx';
import { ExposureWarnings } from './exposure-warnings.tsx';
import { LimitBar } from './limit-bar.tsx';
import { RetentionWords } from './retention-words.tsx';
import { NewestSound } from './set-list.tsx';

/** How a set stands now, and what is asked of it. */
export function SetFacts({ set }: { readonly set: BackupSet }) {
  const { t } = useTranslation('backups');
  const { external, newestSoundPoint, retired, logArchive } = set;
  return (
    <Facts
      facts={[
        [t('set.state'), <Freshness key="state" set={set} />],
        [t('retiredWhy'), retired?.reason],
        [
          t('set.newestSound'),
          newestSoundPoint && (
            <Link to="/backups/points/$id" params={{ id: newestSoundPoint.id }}>
              <Moment at={newestSoundPoint.takenAt} />
            </Link>
          ),
        ],
        [t('set.newestAgainstRpo'), <NewestSound key="newest" set={set} />],
        [t('set.unseenAgainstRetention'), <Unseen key="unseen" set={set} />],
        [t('set.unverified'), set.oldestUnverified && <Unverified oldest={set.oldestUnverified} />],
        [t('set.points'), set.presentCount],
        [t('retention'), <RetentionWords key="retention" retention={set.retention} own={set.kind !== 'external'} />],
        [t('set.kindOf'), t(`kind.${set.kind}`)],
        [t('set.description'), external?.description || null],
        [t('set.owner'), external?.owner.name],
        [t('set.schedule'), external?.schedule && <Schedule cron={external.schedule.cron} zone={external.zone} />],
        [t('set.pattern'), external && <span className="code">{external.pattern}</span>],
        [t('set.log'), logArchive && <LogArchive archive={logArchive} />],
        [
          t('repository.one'),
          <Link key="repository" to="/backups/repositories/$id" params={{ id: set.repositoryId }}>
            <RepositoryName id={set.repositoryId} />
          </Link>,
        ],
      ]}
    />
  );
}

function Freshness({ set }: { readonly set: BackupSet }) {
  const { t } = useTranslation('backups');
  return (
    <>
      <FreshnessMark set={set} />
      {set.staleReasons.length > 0 ? (
        <ul className="dense-list">
          {set.staleReasons.map(({ code, since, slot }) => (
            <li key={`${code} ${slot}`}>
              {t(`stale.${code}`)} {slot ? <Moment at={slot} /> : null} ({t('since')} <Moment at={since} />)
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

function Unseen({ set }: { readonly set: BackupSet }) {
  const { t } = useTranslation('backups');
  const { data } = $api.useQuery('get', '/repositories/{id}/verification', {
    params: { path: { id: set.repositoryId } },
  });
  const exposure = data?.sets.find(({ setId }) => setId === set.id);
  if (!exposure) return <>{t('exposure.nothing')}</>;
  return (
    <>
      {exposure.presentCount > 0 ? (
        <LimitBar
          seconds={longestUnseenSeconds(exposure)}
          limitSeconds={exposure.retentionSeconds}
          label={t('set.unseenAgainstRetention')}
        />
      ) : null}
      <ExposureWarnings exposure={exposure} />
    </>
  );
}

function Unverified({ oldest }: { readonly oldest: NonNullable<BackupSet['oldestUnverified']> }) {
  const { t } = useTranslation('backups');
  return (
    <Mark tone="warn">
      <Link to="/backups/points/$id" params={{ id: oldest.id }}>
        {t('since')} <Moment at={oldest.since} />
      </Link>
    </Mark>
  );
}

function Schedule({ cron, zone }: { readonly cron: string; readonly zone: string }) {
  return (
    <span className="code">
      {cron} ({zone})
    </span>
  );
}

function LogArchive({ archive }: { readonly archive: NonNullable<BackupSet['logArchive']> }) {
  const { t } = useTranslation('backups');
  if (archive.failure) return <Mark tone="bad">{archive.failure.message}</Mark>;
  if (archive.gap) return <Mark tone="bad">{t('set.logGap')}</Mark>;
  if (archive.state === 'stopped') return <Mark tone="warn">{t('set.logStopped')}</Mark>;
  const behind = archive.behindBytes ?? 0;
  return (
    <Mark tone="good">
      {t('set.logArchiving')} {behind > 0 ? t('set.logBehind', { bytes: formatBytes(behind) }) : null}
    </Mark>
  );
}

function RepositoryName({ id }: { readonly id: string }) {
  const { t } = useTranslation('backups');
  const { data } = $api.useQuery('get', '/repositories/{id}', { params: { path: { id } } });
  return <>{data?.name ?? t('repository.one')}</>;
}
