import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { formatCount } from '../parts/format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { REFRESH_MS, TONE_OF_CONCLUSION } from '../readiness/readiness.ts';

/** Counts over everything in use, at the head of the page. */
export function SummaryHead() {
  const { t } = useTranslation('home');
  const query = $api.useQuery('get', '/readiness/summary', {}, { refetchInterval: REFRESH_MS });
  return (
    <section className="section" aria-label={t('summary.label')}>
      <Loaded query={query}>
        {(summary) => (
          <>
            <dl className="summary">
              <ServiceCounts counts={summary.services} />
              <AlertCounts alerts={summary.alerts} />
              <IncidentCounts incidents={summary.incidents} />
              <ClockCounts clocks={summary.clocks} />
              <SetCounts sets={summary.backupSets} />
              <CheckoutCounts late={summary.overdueCheckouts} />
            </dl>
            <p className="summary-at">
              {t('summary.counted')} <Moment at={summary.checkedAt} />
            </p>
          </>
        )}
      </Loaded>
    </section>
  );
}

function Counted({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface ServiceCountsProps {
  readonly counts: { readonly ready: number; readonly notReady: number; readonly notAssessed: number };
}

function ServiceCounts({ counts }: ServiceCountsProps) {
  const { t } = useTranslation(['home', 'readiness']);
  const { language } = usePreferences();
  const shown = [
    ['ready', counts.ready],
    ['not-ready', counts.notReady],
    ['not-assessed', counts.notAssessed],
  ] as const;
  return (
    <Counted name={t('home:summary.services')}>
      {shown.map(([conclusion, count]) => (
        <Link key={conclusion} to="/" search={{ conclusion }}>
          <Mark tone={count === 0 ? 'quiet' : TONE_OF_CONCLUSION[conclusion]}>
            {t(`readiness:conclusion.${conclusion}`)} {formatCount(count, language)}
          </Mark>
        </Link>
      ))}
    </Counted>
  );
}

function AlertCounts({ alerts }: { readonly alerts: readonly { readonly level: number; readonly count: number }[] }) {
  const { t } = useTranslation('home');
  return (
    <Counted name={t('summary.alerts')}>
      {alerts.length === 0 ? <Mark tone="good">{t('summary.none')}</Mark> : null}
      {alerts.map(({ level, count }) => (
        <Mark key={level} tone={level >= 3 ? 'bad' : 'warn'}>
          {t('summary.level', { level, count })}
        </Mark>
      ))}
    </Counted>
  );
}

const SEVERITIES = ['emergency', 'important', 'general'] as const;

function IncidentCounts({ incidents }: { readonly incidents: Readonly<Record<(typeof SEVERITIES)[number], number>> }) {
  const { t } = useTranslation(['home', 'readiness']);
  const open = SEVERITIES.filter((severity) => incidents[severity] > 0);
  return (
    <Counted name={t('home:summary.incidents')}>
      {open.length === 0 ? <Mark tone="good">{t('home:summary.none')}</Mark> : null}
      {open.map((severity) => (
        <Mark key={severity} tone={severity === 'emergency' ? 'bad' : 'warn'}>
          {t(`readiness:severity.${severity}`)} {incidents[severity]}
        </Mark>
      ))}
    </Counted>
  );
}

function ClockCounts({ clocks }: { readonly clocks: { readonly overdue: number; readonly dueIn24Hours: number } }) {
  const { t } = useTranslation('home');
  return (
    <Counted name={t('summary.clocks')}>
      <Mark tone={clocks.overdue > 0 ? 'bad' : 'good'}>
        {clocks.overdue > 0 ? t('summary.overdue', { count: clocks.overdue }) : t('summary.noneOverdue')}
      </Mark>
      <Mark tone={clocks.dueIn24Hours > 0 ? 'busy' : 'quiet'}>
        {t('summary.dueSoon', { count: clocks.dueIn24Hours })}
      </Mark>
    </Counted>
  );
}

function SetCounts({ sets }: { readonly sets: { readonly inUse: number; readonly stale: number } }) {
  const { t } = useTranslation('home');
  const { inUse: total, stale: count } = sets;
  return (
    <Counted name={t('summary.sets')}>
      <Link to="/backups">
        <Mark tone={count > 0 ? 'bad' : 'good'}>
          {count > 0 ? t('summary.stale', { count, total }) : t('summary.fresh', { total })}
        </Mark>
      </Link>
    </Counted>
  );
}

function CheckoutCounts({ late }: { readonly late: number }) {
  const { t } = useTranslation('home');
  return (
    <Counted name={t('summary.checkouts')}>
      <Link to="/spares/out" search={{ list: 'overdue' }}>
        <Mark tone={late > 0 ? 'warn' : 'good'}>
          {late > 0 ? t('summary.late', { count: late }) : t('summary.noneOverdue')}
        </Mark>
      </Link>
    </Counted>
  );
}
