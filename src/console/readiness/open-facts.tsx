import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import type { Readiness } from './readiness.ts';

/** Open alerts of a service by level, with the one to look at first. */
export function AlertFacts({ alerts }: Pick<Readiness, 'alerts'>) {
  const { t } = useTranslation('readiness');
  if (!alerts.worst) return <p className="quiet">{t('noAlerts')}</p>;
  return (
    <>
      <p className="measured">
        {alerts.byLevel.map(({ level, count }) => (
          <Mark key={level} tone={level >= 3 ? 'bad' : 'warn'}>
            {t('level', { level, count })}
          </Mark>
        ))}
      </p>
      <p className="quiet">
        <ThingLink kind="alert" id={alerts.worst.id}>
          {alerts.worst.text}
        </ThingLink>
      </p>
    </>
  );
}

/** The SLA clocks of a service that run out first. */
export function ClockFacts({ clocks }: Pick<Readiness, 'clocks'>) {
  const { t } = useTranslation('readiness');
  if (clocks.length === 0) return <p className="quiet">{t('noClocks')}</p>;
  return (
    <ul className="plain">
      {clocks.map(({ id, target, case: subject, incidentId, dueAt, overdue }) => (
        <li key={id}>
          <Mark tone={overdue ? 'bad' : 'busy'}>
            {t(`clock.${target}`)}
            {overdue ? ` · ${t('overdue')}` : null}
          </Mark>{' '}
          <ThingLink kind={incidentId ? 'incident' : 'sla-clock'} id={incidentId ?? id}>
            {subject}
          </ThingLink>
          <span className="quiet"> {dueAt ? <DueAt at={dueAt} /> : t('noDue')}</span>
        </li>
      ))}
    </ul>
  );
}

function DueAt({ at }: { readonly at: string }) {
  const { t } = useTranslation('readiness');
  return (
    <>
      {t('due')} <Moment at={at} />
    </>
  );
}
