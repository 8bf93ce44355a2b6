import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import { CancelRun } from './cancel-run.tsx';
import { isLive, type RunDetail, STATUS_TONES } from './drill-data.ts';
import { RunEvidence } from './run-evidence.tsx';
import { RunLog } from './run-log.tsx';
import { RunOutcome } from './run-outcome.tsx';
import { RunPeople } from './run-people.tsx';
import { RunProgress } from './run-progress.tsx';
import { RunReport } from './run-report.tsx';
import { RunSpares } from './run-spares.tsx';
import { RunSteps } from './run-steps.tsx';
import { runQuery, useRunEvents } from './use-run-events.ts';
import './drills.css';

const route = getRouteApi('/drills/runs/$id');

/** One run: as it goes, and afterwards what came of it. */
export function RunPage() {
  const { t } = useTranslation('drills');
  const { id } = route.useParams();
  const stream = useRunEvents(id);
  const query = useQuery(runQuery(id));
  const run = query.data;
  return (
    <Page
      title={run ? t('run.title', { drill: run.drill }) : t('title')}
      trail={
        <>
          <Link to="/drills">{t('title')}</Link>
          <Link to="/drills/runs">{t('run.allRuns')}</Link>
          {run ? (
            <Link to="/drills/definitions/$name" params={{ name: run.drill }}>
              {t('run.definition')}
            </Link>
          ) : null}
        </>
      }
      actions={run ? <CancelRun run={run} /> : null}
    >
      <Loaded query={query}>
        {(detail) => (
          <>
            <RunPeople run={detail} />
            {isLive(detail) ? <RunProgress run={detail} stream={stream} /> : <RunOutcome run={detail} />}
            {isLive(detail) ? null : <RunProgress run={detail} stream={stream} />}
            <RunSpares run={detail} />
            <RunSteps run={detail} />
            {isLive(detail) ? null : <RunReport run={detail} />}
            <RunLog id={id} stream={stream} />
            <RunEvidence run={detail} />
            <About run={detail} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function About({ run }: { readonly run: RunDetail }) {
  const { t } = useTranslation('drills');
  const { recoveryPoint: point } = run;
  return (
    <Section title={t('run.about')}>
      <Facts
        facts={[
          [
            t('run.status'),
            <Mark key="status" tone={STATUS_TONES[run.status]}>
              {t(`status.${run.status}`)}
            </Mark>,
          ],
          [t('run.service'), run.service],
          [t('run.mode'), t(`mode.${run.mode}`)],
          [t('run.trigger'), t(`trigger.${run.trigger}`)],
          [t('run.by'), run.requestedBy],
          [t('run.triggered'), <Moment key="at" at={run.triggeredAt} />],
          [
            t('run.point'),
            point && (
              <>
                {t('run.pointAt', { repository: point.repository })} <Moment at={point.takenAt} />
              </>
            ),
          ],
        ]}
      />
    </Section>
  );
}
