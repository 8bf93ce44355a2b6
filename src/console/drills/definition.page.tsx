import { getRouteApi, Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { useCan } from '../app/session.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import type { DrillDetail } from './drill-data.ts';
import { RunNow } from './run-now.tsx';
import { Trend } from './trend.tsx';
import { useScheduleText } from './use-schedule-text.ts';
import { YamlText } from './yaml-text.tsx';
import './drills.css';

const route = getRouteApi('/drills/definitions/$name');

/** One definition: what it rehearses, what is wrong with it, its text, and how its runs have gone. */
export function DefinitionPage() {
  const { t } = useTranslation('drills');
  const { name } = route.useParams();
  const { start } = route.useSearch();
  const navigate = route.useNavigate();
  const can = useCan();
  const query = $api.useQuery('get', '/drills/{name}', { params: { path: { name } } });
  const isRunnable = query.data?.runnable ?? false;
  const show = (opened: boolean) => void navigate({ search: opened ? { start: 'yes' } : {}, replace: !opened });
  return (
    <Page
      title={query.data?.title ?? name}
      trail={<Link to="/drills">{t('title')}</Link>}
      actions={
        can('drill.operate') && isRunnable ? (
          <Button type="primary" onClick={() => show(true)}>
            {t('run.now')}
          </Button>
        ) : null
      }
    >
      <Loaded query={query}>
        {(drill) => (
          <>
            <Problems drill={drill} />
            <About drill={drill} />
            <Trend drill={name} />
            <Section title={t('definition.yaml')}>
              {drill.text === '' ? (
                t('definition.noText')
              ) : (
                <YamlText text={drill.text} problems={drill.problems} label={t('definition.yamlLabel')} />
              )}
            </Section>
            {start === 'yes' && drill.runnable ? <RunNow drill={drill} onClose={() => show(false)} /> : null}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Problems({ drill: { problems } }: { readonly drill: DrillDetail }) {
  const { t } = useTranslation('drills');
  if (problems.length === 0) return null;
  return (
    <Section title={t('definition.problems')}>
      <ul className="drill-problems">
        {problems.map(({ line, column, path, message }) => (
          <li key={`${line} ${column} ${message}`}>
            <a href={`#line-${line}`}>{t('definition.place', { line, column })}</a>{' '}
            {path === '' ? null : <span className="code">{path}</span>} {message}
          </li>
        ))}
      </ul>
      <p>{t('definition.problemsHelp')}</p>
    </Section>
  );
}

function About({ drill }: { readonly drill: DrillDetail }) {
  const { t } = useTranslation('drills');
  const scheduleText = useScheduleText();
  const { name, file, service, severity, backupSet, schedule, nextDueAt, required, attended, steps } = drill;
  const known = drill.runnable;
  return (
    <Section title={t('definition.about')}>
      <Facts
        facts={[
          [t('definitions.service'), service],
          [t('definitions.severity'), severity && t(`severity.${severity}`)],
          [t('definition.backupSet'), backupSet],
          [t('definition.required'), known ? required.map((target) => t(`target.${target}`)).join(', ') : null],
          [t('definitions.schedule'), known ? scheduleText(schedule) : null],
          [t('schedule.nextDue'), known ? <NextDue key="next" at={nextDueAt} /> : null],
          [t('definition.attended'), known ? t(attended ? 'definition.attendedYes' : 'definition.attendedNo') : null],
          [t('definition.steps'), known ? steps.map((one) => one.name ?? one.step).join(' → ') : null],
          [
            t('definition.file'),
            <span key="file" className="code">
              {file}
            </span>,
          ],
        ]}
      />
      <p>
        <Link to="/drills/runs" search={{ drill: name }}>
          {t('definition.runs')}
        </Link>
      </p>
    </Section>
  );
}

function NextDue({ at }: { readonly at: string | null }) {
  const { t } = useTranslation('drills');
  return at === null ? t('schedule.none') : <Moment at={at} />;
}
