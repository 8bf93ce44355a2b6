import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { Facts } from '../parts/facts.tsx';
import { formatBytes, formatCount } from '../parts/format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import type { Repository } from './backup-api.ts';
import { RepositoryMark } from './backup-marks.tsx';
import { CheckTable } from './check-table.tsx';
import { ExposureTable } from './exposure-table.tsx';
import { AcceptPlace, Discover, TestConnection } from './repository-actions.tsx';
import { RepositoryEntryActions } from './repository-entry-actions.tsx';
import { useRunningChecks } from './running-checks.ts';
import { RunningList } from './running-list.tsx';
import './backups.css';

const route = getRouteApi('/backups/repositories/$id');

export function RepositoryPage() {
  const { t } = useTranslation('backups');
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/repositories/{id}', { params: { path: { id } } });
  const repository = query.data;
  return (
    <Page
      title={repository?.name ?? t('repository.one')}
      trail={
        <Link to="/backups" search={{ tab: 'repositories' }}>
          {t('repositories')}
        </Link>
      }
      actions={
        repository ? (
          <>
            <Discover repository={repository} />
            <TestConnection repository={repository} />
            <AcceptPlace repository={repository} />
            <RepositoryEntryActions repository={repository} />
          </>
        ) : null
      }
    >
      <Loaded query={query}>{(loaded) => <RepositoryContents repository={loaded} />}</Loaded>
    </Page>
  );
}

function RepositoryContents({ repository }: { readonly repository: Repository }) {
  const { t } = useTranslation('backups');
  const { after } = route.useSearch();
  const navigate = route.useNavigate();
  const path = { id: repository.id };
  const running = useRunningChecks(repository.id);
  const exposure = $api.useQuery('get', '/repositories/{id}/verification', { params: { path } });
  const checks = $api.useQuery('get', '/repositories/{id}/checks', {
    params: { path, query: { limit: 25, ...(after ? { after } : {}) } },
  });
  return (
    <>
      <Section title={t('state')}>
        <RepositoryFacts repository={repository} />
      </Section>
      <RunningList checks={running} />
      <Section title={t('exposure.title')}>
        <p>{t('exposure.text')}</p>
        <Loaded query={exposure}>
          {(data) => (
            <>
              <div className="exposure-facts">
                <Facts facts={[[t('exposure.due'), data.dueCount]]} />
              </div>
              <ExposureTable sets={data.sets} />
            </>
          )}
        </Loaded>
      </Section>
      <Section title={t('checks')}>
        <CheckTable
          query={checks}
          after={after}
          onPage={(next) => void navigate({ search: { after: next } })}
          empty={t('check.noneInRepository')}
        />
      </Section>
    </>
  );
}

function RepositoryFacts({ repository }: { readonly repository: Repository }) {
  const { t } = useTranslation('backups');
  const { language } = usePreferences();
  const { unavailable, retired, tested, seenAt, place, bytesPerSecondMax } = repository;
  return (
    <Facts
      facts={[
        [t('repository.state'), <RepositoryMark key="mark" repository={repository} />],
        [
          t('repository.unavailableSince'),
          unavailable && (
            <>
              <Moment at={unavailable.since} />: {unavailable.reason}
            </>
          ),
        ],
        [t('retiredWhy'), retired?.reason],
        [t('repository.kindOf'), t(`repository.kind.${repository.kind}`)],
        [
          t('repository.root'),
          <span key="root" className="code">
            {repository.root}
          </span>,
        ],
        [
          t('repository.host'),
          place && <span className="code">{place.kind === 's3' ? place.endpoint : place.host}</span>,
        ],
        [t('repository.writes'), t(repository.writable ? 'repository.writable' : 'repository.readOnly')],
        [
          t('repository.worker'),
          <span key="tag" className="code">
            {repository.workerTag}
          </span>,
        ],
        [t('repository.lastSeen'), seenAt && <Moment at={seenAt} />],
        [t('repository.lastTest'), tested ? <TestResult key="test" tested={tested} /> : t('repository.neverTested')],
        [t('repository.readers'), formatCount(repository.readersMax, language)],
        [
          t('repository.rate'),
          bytesPerSecondMax === null ? null : t('run.bytesPerSecond', { rate: formatBytes(bytesPerSecondMax) }),
        ],
      ]}
    />
  );
}

function TestResult({ tested }: { readonly tested: NonNullable<Repository['tested']> }) {
  const { t } = useTranslation('backups');
  return (
    <>
      <Moment at={tested.at} />: {tested.failure?.message ?? t('repository.testPassed')}
    </>
  );
}
