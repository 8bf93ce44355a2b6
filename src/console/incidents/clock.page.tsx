import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Bullet } from '../parts/bullet.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import { BreachCauses } from './breach-causes.tsx';
import { ClockAccount } from './clock-account.tsx';
import { ClockActs } from './clock-acts.tsx';
import { ClockState } from './clock-state.tsx';
import type { Clock } from './incident-data.ts';
import { SeverityMark, Span } from './marks.tsx';
import { PauseRequests } from './pause-requests.tsx';
import { TermText } from './term-text.tsx';
import './incidents.css';

const route = getRouteApi('/incidents/clocks/$id');

const ANEW_MS = 30_000;

/** One clock: what was promised, how it stands, and how it comes to that. */
export function ClockPage() {
  const { t } = useTranslation('incidents');
  const { id } = route.useParams();
  const path = { params: { path: { id } } };
  const refetchInterval = ({ state }: { state: { data?: Clock | undefined } }) =>
    state.data?.state === 'stopped' ? false : ANEW_MS;
  const query = $api.useQuery('get', '/sla-clocks/{id}', path, { refetchInterval });
  const explanation = $api.useQuery('get', '/sla-clocks/{id}/explain', path);
  const clock = query.data;
  const title = clock ? t('clock.titled', { kind: t(`clock.${clock.kind}`), subject: clock.subject }) : t('clocks.one');
  return (
    <Page title={title} trail={<Trail subject={clock?.subject} />} actions={clock ? <ClockActs clock={clock} /> : null}>
      <Loaded query={query}>
        {(read) => (
          <>
            <Section title={t('clocks.stands')}>
              <ClockFacts clock={read} />
            </Section>
            <PauseRequests clock={read} />
            {read.breachedAt ? <BreachCauses clock={read} /> : null}
            <Loaded query={explanation}>{(told) => <ClockAccount clock={read} explanation={told} />}</Loaded>
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** The incident that it is about, where its subject is one. */
function Trail({ subject }: { readonly subject: string | undefined }) {
  const { t } = useTranslation('incidents');
  const { data } = useIncidentOf(subject);
  const incident = data?.items[0];
  return (
    <>
      <Link to="/incidents">{t('title')}</Link>
      {incident ? (
        <Link to="/incidents/$id" params={{ id: incident.id }}>
          {incident.number}
        </Link>
      ) : null}
    </>
  );
}

const useIncidentOf = (subject: string | undefined) =>
  $api.useQuery(
    'get',
    '/incidents',
    { params: { query: { number: (subject ?? '').slice(0, 40) } } },
    { enabled: subject !== undefined && subject !== '' && subject.length <= 40 },
  );

function ClockFacts({ clock }: { readonly clock: Clock }) {
  const { t } = useTranslation('incidents');
  const { severity, term, policyVersion, dueAt, isProvisional, consumedSeconds, allottedSeconds } = clock;
  const incident = useIncidentOf(clock.subject).data?.items[0];
  return (
    <>
      <p>
        <ClockState clock={clock} />
      </p>
      <Bullet value={consumedSeconds} target={allottedSeconds} />
      <Facts
        facts={[
          [
            t('clocks.subject'),
            incident ? (
              <ThingLink key="subject" kind="incident" id={incident.id}>
                {incident.number} · {incident.title}
              </ThingLink>
            ) : (
              clock.subject
            ),
          ],
          [t('clocks.measures'), t(`clockHelp.${clock.kind}`)],
          [t('field.severity'), <SeverityMark key="severity" severity={severity} />],
          [t('clocks.promised'), <TermText key="term" term={term} />],
          [t('clocks.policy'), policyVersion === null ? null : t('clocks.version', { version: policyVersion })],
          [t('clocks.started'), clock.segments[0] ? <Moment key="started" at={clock.segments[0].from} /> : null],
          [
            t('clocks.due'),
            <>
              <Moment at={dueAt} />
              {isProvisional ? ` · ${t('due.provisionalWhy')}` : null}
              {clock.state === 'paused' ? ` · ${t('due.whilePaused')}` : null}
            </>,
          ],
          [
            t('clocks.consumed'),
            <>
              <Span seconds={consumedSeconds} /> {t('clocks.of')} <Span seconds={allottedSeconds} /> (
              {Math.floor(clock.consumedPercent)} %)
            </>,
          ],
          [
            t('clocks.remaining'),
            clock.remainingSeconds > 0 ? <Span key="remaining" seconds={clock.remainingSeconds} /> : null,
          ],
          [
            t('clocks.overrun'),
            clock.overrunSeconds > 0 ? <Span key="overrun" seconds={clock.overrunSeconds} /> : null,
          ],
        ]}
      />
    </>
  );
}
