import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { formatMoment } from '../parts/format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import type { RecoveryPoint } from './backup-api.ts';
import { CheckList } from './check-list.tsx';
import { AcceptPoint, CheckNow } from './point-actions.tsx';
import { PointFacts } from './point-facts.tsx';
import { HoldPoint, PointHolds } from './point-holds.tsx';
import { RunProgress } from './run-progress.tsx';
import { useRunningChecks } from './running-checks.ts';
import './backups.css';

const route = getRouteApi('/backups/points/$id');

export function PointPage() {
  const { t } = useTranslation('backups');
  const { language } = usePreferences();
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/recovery-points/{id}', { params: { path: { id } } });
  const point = query.data;
  return (
    <Page
      title={point ? t('point.title', { at: formatMoment(point.takenAt, language) }) : t('point.one')}
      trail={point ? <Trail point={point} /> : null}
      actions={
        point ? (
          <>
            <CheckNow point={point} />
            <AcceptPoint point={point} />
            <HoldPoint point={point} />
          </>
        ) : null
      }
    >
      <Loaded query={query}>{(loaded) => <PointContents point={loaded} />}</Loaded>
    </Page>
  );
}

function Trail({ point }: { readonly point: RecoveryPoint }) {
  const { t } = useTranslation('backups');
  const { data } = $api.useQuery('get', '/backup-sets/{id}', { params: { path: { id: point.setId } } });
  return (
    <>
      <Link to="/backups">{t('title')}</Link>
      <span aria-hidden="true">›</span>
      <Link to="/backups/sets/$id" params={{ id: point.setId }}>
        {data?.name ?? t('set.one')}
      </Link>
    </>
  );
}

function PointContents({ point }: { readonly point: RecoveryPoint }) {
  const { t } = useTranslation('backups');
  const { after } = route.useSearch();
  const navigate = route.useNavigate();
  const running = useRunningChecks(point.repositoryId).find(({ pointId }) => pointId === point.id);
  return (
    <>
      {running ? (
        <Section title={t('check.underWay')}>
          <RunProgress progress={running.progress} label={t('run.progressOf', { name: point.name })} />
        </Section>
      ) : null}
      <Section title={t('state')}>
        <PointFacts point={point} />
      </Section>
      <PointHolds point={point} />
      <Section title={t('checks')}>
        <CheckList pointId={point.id} after={after} onPage={(next) => void navigate({ search: { after: next } })} />
      </Section>
    </>
  );
}
