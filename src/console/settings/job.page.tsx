import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Mark, type Tone } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { SettingsPage } from './settings-page.tsx';

const route = getRouteApi('/settings/jobs/$id');

const REFRESH_MS = 3_000;

const TONES: Readonly<Record<string, Tone>> = { completed: 'good', failed: 'bad', cancelled: 'warn' };

/** How one job stands. */
export function JobPage() {
  const { t } = useTranslation('settings');
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/jobs/{id}', { params: { path: { id } } }, { refetchInterval: REFRESH_MS });
  return (
    <SettingsPage title={query.data ? t('jobOf', { job: query.data.job }) : t('job')}>
      <Loaded query={query}>
        {({ state, attempt, attemptsMax, failure, workerTag, enqueuedAt, startedAt, endedAt }) => (
          <Section title={t('jobState')}>
            <Facts
              facts={[
                [
                  t('came'),
                  <Mark key="state" tone={TONES[state] ?? 'busy'}>
                    {t(`outcome.${state}`)}
                  </Mark>,
                ],
                [t('attempt'), t('attemptOf', { attempt, max: attemptsMax })],
                [t('failure'), failure && `${failure.message} (${failure.code})`],
                [t('enqueued'), <Moment key="enqueued" at={enqueuedAt} />],
                [t('started'), startedAt && <Moment key="started" at={startedAt} />],
                [t('ended'), endedAt && <Moment key="ended" at={endedAt} />],
                [t('workers'), workerTag],
              ]}
            />
            <p className="sub">{t('jobKept')}</p>
          </Section>
        )}
      </Loaded>
    </SettingsPage>
  );
}
