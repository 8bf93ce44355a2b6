import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { useCan } from '../app/session.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import { ConclusionMark } from '../readiness/conclusion-mark.tsx';
import { AlertFacts, ClockFacts } from '../readiness/open-facts.tsx';
import { ProofFacts } from '../readiness/proof-facts.tsx';
import { REFRESH_MS, type Readiness } from '../readiness/readiness.ts';
import { ReasonList } from '../readiness/reason-list.tsx';
import { RecoveryPointFacts } from '../readiness/recovery-point-facts.tsx';
import { ResourceFacts } from '../readiness/resource-facts.tsx';
import { ServicePlans } from '../response/service-plans.tsx';
import { ProvingDrills } from './proving-drills.tsx';
import { RecoveryHistory } from './recovery-history.tsx';
import { RelatedServices } from './related-services.tsx';
import { ServiceActions } from './service-actions.tsx';

const route = getRouteApi('/services/$id');

/** Everything of one service: could it be recovered now, what the answer rests on, and what it is. */
export function ServicePage() {
  const { t } = useTranslation('services');
  const { id } = route.useParams();
  const can = useCan();
  const readiness = $api.useQuery(
    'get',
    '/readiness/{id}',
    { params: { path: { id } } },
    { refetchInterval: REFRESH_MS },
  );
  return (
    <Page
      title={readiness.data?.service.name ?? t('title')}
      trail={<Link to="/services">{t('all')}</Link>}
      actions={<ServiceActions id={id} />}
    >
      <Loaded query={readiness}>
        {(known) => (
          <>
            <Answer readiness={known} />
            <Evidence readiness={known} />
            {can('alert.read') ? <ServicePlans id={id} /> : null}
            {can('drill.read') ? <RecoveryHistory id={id} /> : null}
            <RelatedServices id={id} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Answer({ readiness }: { readonly readiness: Readiness }) {
  const { t } = useTranslation('services');
  const { conclusion, reasons, checkedAt } = readiness;
  return (
    <Section title={t('answer')}>
      <p>
        <ConclusionMark conclusion={conclusion} />{' '}
        <span className="quiet">
          {t('checked')} <Moment at={checkedAt} />
        </span>
      </p>
      {reasons.length === 0 ? <p>{t('yes')}</p> : <ReasonList reasons={reasons} />}
      <Register id={readiness.service.id} />
    </Section>
  );
}

function Register({ id }: { readonly id: string }) {
  const { t } = useTranslation(['services', 'readiness']);
  const query = $api.useQuery('get', '/services/{id}', { params: { path: { id } } });
  return (
    <Loaded query={query}>
      {({ criticality, owner, customer, maxProofAgeDays, retired, system }) => (
        <Facts
          facts={[
            [t('services:criticality'), t(`readiness:severity.${criticality}`)],
            [t('readiness:owner'), owner.name],
            [t('services:customer'), customer || null],
            [t('services:maxProofAge'), t('services:days', { count: maxProofAgeDays })],
            [t('services:system'), system ? t('services:yesItIs') : null],
            [t('services:retired'), retired ? <Retired key="retired" at={retired.at} reason={retired.reason} /> : null],
          ]}
        />
      )}
    </Loaded>
  );
}

function Retired({ at, reason }: { readonly at: string; readonly reason: string }) {
  return (
    <>
      <Moment at={at} />: {reason}
    </>
  );
}

function Evidence({ readiness }: { readonly readiness: Readiness }) {
  const { t } = useTranslation('services');
  const { proof, recoveryPoints, resources, alerts, clocks, service } = readiness;
  return (
    <>
      <Section title={t('proof')}>
        <ProofFacts proof={proof} />
      </Section>
      <Section title={t('drills')}>
        <ProvingDrills drills={proof.drills} />
      </Section>
      <Section title={t('points')}>
        <RecoveryPointFacts recoveryPoints={recoveryPoints} />
      </Section>
      <Section title={t('needs')}>
        {resources.length === 0 ? (
          <p>{t('noNeeds')}</p>
        ) : (
          <ResourceFacts resources={resources} criticality={service.criticality} />
        )}
      </Section>
      <Section title={t('open')}>
        <AlertFacts alerts={alerts} />
        <ClockFacts clocks={clocks} />
      </Section>
    </>
  );
}
