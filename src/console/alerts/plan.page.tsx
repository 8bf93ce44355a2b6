import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { REFRESH_MS } from './alert-data.ts';
import { AlertsPage } from './alerts-page.tsx';
import { LevelMark } from './level-mark.tsx';
import type { ResponsePlan } from './plan-data.ts';
import { PlanNeeds } from './plan-needs.tsx';
import { PlanSteps } from './plan-steps.tsx';
import { ServiceOfPlan } from './plans.page.tsx';
import './alerts.css';

const route = getRouteApi('/alerts/plans/$id');

/** One response plan: could it be carried out at this moment, what it says, and its earlier editions. */
export function PlanPage() {
  const { t } = useTranslation('alerts');
  const { id } = route.useParams();
  const params = { path: { id } };
  const plan = $api.useQuery('get', '/response-plans/{id}', { params });
  const readiness = $api.useQuery('get', '/response-plans/{id}/readiness', { params }, { refetchInterval: REFRESH_MS });
  return (
    <AlertsPage title={plan.data?.name ?? t('plan.title')}>
      <Section title={t('plan.nowTitle')}>
        <Loaded query={readiness}>{(known) => <PlanNeeds readiness={known} />}</Loaded>
      </Section>
      <Loaded query={plan}>{(known) => <Plan plan={known} />}</Loaded>
      <Editions id={id} />
    </AlertsPage>
  );
}

function Plan({ plan }: { readonly plan: ResponsePlan }) {
  const { t } = useTranslation('alerts');
  const { level, service, note, retired, edition, createdAt, createdBy } = plan;
  return (
    <Section title={t('plan.saysTitle')}>
      <Facts
        facts={[
          [t('list.level'), <LevelMark key="level" level={level} />],
          [t('service'), <ServiceOfPlan key="service" service={service} />],
          [t('plan.note'), note || null],
          [
            t('plan.editionTitle'),
            <span key="edition">
              {edition} · <Moment at={createdAt} /> {createdBy?.name}
            </span>,
          ],
          [
            t('rule.retired'),
            retired ? (
              <span key="retired">
                <Moment at={retired.at} />: {retired.reason}
              </span>
            ) : null,
          ],
        ]}
      />
      <h3>{t('plan.steps')}</h3>
      <PlanSteps steps={plan.steps} />
    </Section>
  );
}

function Editions({ id }: { readonly id: string }) {
  const { t } = useTranslation('alerts');
  const query = $api.useQuery('get', '/response-plans/{id}/editions', {
    params: { path: { id }, query: { limit: 50 } },
  });
  return (
    <Section title={t('plan.editions')}>
      <Loaded query={query}>
        {({ items }) => (
          <>
            {items.map(({ edition, name, createdAt, createdBy, steps }) => (
              <details key={edition}>
                <summary>
                  {t('plan.edition', { edition })} · {name} · <Moment at={createdAt} /> {createdBy?.name}
                </summary>
                <PlanSteps steps={steps} />
              </details>
            ))}
          </>
        )}
      </Loaded>
    </Section>
  );
}
