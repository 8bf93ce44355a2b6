import { getRouteApi, Link } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import { CustomerPart } from './customer-part.tsx';
import { IncidentActs } from './incident-acts.tsx';
import { IncidentClocks } from './incident-clocks.tsx';
import type { Incident } from './incident-data.ts';
import { IncidentFacts } from './incident-facts.tsx';
import { IncidentTimeline } from './incident-timeline.tsx';
import { ReviewPart } from './review-part.tsx';
import { StageTimes } from './stage-times.tsx';
import './incidents.css';

const route = getRouteApi('/incidents/$id');

/** How often a page of something that goes on is asked anew. */
const ANEW_MS = 30_000;

/** One incident: where it stands, what can be done, its clocks, and all that has happened. */
export function IncidentPage() {
  const { t } = useTranslation('incidents');
  const { id } = route.useParams();
  const query = $api.useQuery(
    'get',
    '/incidents/{id}',
    { params: { path: { id } } },
    { refetchInterval: ({ state }) => (state.data?.stage === 'closed' ? false : ANEW_MS) },
  );
  const title = query.data ? `${query.data.number} · ${query.data.title}` : t('field.incident');
  return (
    <Page title={title} trail={<Link to="/incidents">{t('title')}</Link>}>
      <Loaded query={query}>{(incident) => <IncidentContents incident={incident} />}</Loaded>
    </Page>
  );
}

function IncidentContents({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation('incidents');
  return (
    <>
      <IncidentActs incident={incident} />
      <Section title={t('clocks.title')}>
        <IncidentClocks incident={incident} />
      </Section>
      <Section title={t('facts.title')}>
        <IncidentFacts incident={incident} />
      </Section>
      <Section title={t('stages.title')}>
        <StageTimes incident={incident} />
      </Section>
      <IncidentTabs incident={incident} />
    </>
  );
}

function IncidentTabs({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation('incidents');
  const { tab = 'timeline' } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Tabs
      activeKey={tab}
      destroyOnHidden
      tabBarGutter={18}
      onChange={(key) => void navigate({ search: { tab: key as typeof tab } })}
      items={[
        { key: 'timeline', label: t('timeline.title'), children: <IncidentTimeline incident={incident} /> },
        { key: 'customer', label: t('customer.title'), children: <CustomerPart incident={incident} /> },
        { key: 'review', label: t('review.title'), children: <ReviewPart incident={incident} /> },
      ]}
    />
  );
}
