import { useTranslation } from 'react-i18next';
import type { paths } from '../api/api.generated.d.ts';
import { $api } from '../api/client.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import type { Alert } from './alert-data.ts';
import { PlanSteps } from './plan-steps.tsx';

type PlanThen = paths['/alerts/{id}/response']['get']['responses'][200]['content']['application/json']['plans'][number];

/** What is to be done, by the plan that was in force when the alert opened or rose, and what was missing for it then. */
export function PlanThen({ alert }: { readonly alert: Alert }) {
  const { t } = useTranslation('alerts');
  const query = $api.useQuery('get', '/alerts/{id}/response', { params: { path: { id: alert.id } } });
  return (
    <Section title={t('plan.title')}>
      <Loaded query={query}>
        {({ plans: [newest] }) => (newest ? <Plan then={newest} /> : <p>{t('plan.none')}</p>)}
      </Loaded>
    </Section>
  );
}

function Plan({ then }: { readonly then: PlanThen }) {
  const { t } = useTranslation('alerts');
  const { plan, readiness, recordedAt } = then;
  return (
    <>
      <p>
        <strong>{plan.name}</strong> <span className="quiet">{t('plan.edition', { edition: plan.edition })}</span>
      </p>
      {plan.note ? <p>{plan.note}</p> : null}
      <PlanSteps steps={plan.steps} />
      <p>
        <Mark tone={readiness.ready ? 'good' : 'bad'}>{readiness.ready ? t('plan.ready') : t('plan.notReady')}</Mark>{' '}
        <span className="quiet">
          <Moment at={recordedAt} />
        </span>
      </p>
      {readiness.ready ? null : (
        <ul>
          {readiness.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
    </>
  );
}
