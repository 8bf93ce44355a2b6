import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { AlertsPage } from '../alerts/alerts-page.tsx';
import { DutyRoleWords } from '../alerts/duty-role-words.tsx';
import { LevelMark } from '../alerts/level-mark.tsx';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { usePreferences } from '../app/preferences.ts';
import { useCan } from '../app/session.ts';
import { Facts } from '../parts/facts.tsx';
import { formatSeconds } from '../parts/format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { ReasonButton } from '../parts/reason-button.tsx';
import { Section } from '../parts/section.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import { PlanEditions } from './plan-editions.tsx';
import { PlanNeeds } from './plan-needs.tsx';
import type { Plan } from './response-data.ts';
import './response.css';

const route = getRouteApi('/alerts/plans/$id');

/** One response plan: whether it could be carried out now, its steps, and what its editions changed. */
export function PlanPage() {
  const { t } = useTranslation('response');
  const { id } = route.useParams();
  const { compared } = route.useSearch();
  const query = $api.useQuery('get', '/response-plans/{id}', { params: { path: { id } } });
  const plan = query.data;
  return (
    <AlertsPage title={plan?.name ?? t('plan.one')} actions={plan ? <Retire plan={plan} /> : null}>
      <Loaded query={query}>
        {(known) => (
          <>
            {known.retired ? null : <PlanNeeds id={known.id} />}
            <What plan={known} />
            <Steps plan={known} />
            <PlanEditions plan={known} compared={compared} />
          </>
        )}
      </Loaded>
    </AlertsPage>
  );
}

function Retire({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation(['response', 'parts']);
  const can = useCan();
  const retire = useWrite((reason: string, header) =>
    api.POST('/response-plans/{id}/retire', {
      body: { reason },
      params: { path: { id: plan.id }, header: { ...header, ...ifMatch(plan.version) } },
    }),
  );
  if (plan.retired || !can('alert.write')) return null;
  return (
    <ReasonButton
      danger
      label={t('parts:form.retire')}
      text={t('response:plan.retireText')}
      write={retire}
      onConfirm={(reason) => retire.write(reason)}
    />
  );
}

function What({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation('response');
  const { level, service, note, edition, updatedAt, createdBy, retired } = plan;
  return (
    <Section title={t('plan.what')}>
      <Facts
        facts={[
          [t('plan.level'), <LevelMark key="level" level={level} isOpen={false} />],
          [
            t('plan.service'),
            service === null ? (
              t('plan.everyService')
            ) : (
              <ThingLink key="service" kind="service" id={service.id}>
                {service.name}
              </ThingLink>
            ),
          ],
          [t('plan.note'), note || null],
          [t('plan.edition'), edition],
          [t('plan.by'), createdBy?.name ?? null],
          [t('plan.changed'), <Moment key="changed" at={updatedAt} />],
          [t('plan.retired'), retired?.reason ?? null],
        ]}
      />
    </Section>
  );
}

function Steps({ plan }: { readonly plan: Plan }) {
  const { t } = useTranslation('response');
  const { language } = usePreferences();
  return (
    <Section title={t('plan.steps')}>
      <ol className="response-list">
        {plan.steps.map(({ text, role, limitSeconds }, at) => (
          // The steps of an edition have only their order.
          // biome-ignore lint/suspicious/noArrayIndexKey: it is what tells them apart
          <li key={at}>
            {text} ·{' '}
            <span className="quiet">
              <DutyRoleWords role={role} /> · {t('plan.within', { time: formatSeconds(limitSeconds, language) })}
            </span>
          </li>
        ))}
      </ol>
    </Section>
  );
}
