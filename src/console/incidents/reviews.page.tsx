import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { ChoiceField } from '../parts/filters.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Section } from '../parts/section.tsx';
import { IncidentsAreaPage } from './incidents-page.tsx';
import { SeverityMark } from './marks.tsx';
import './incidents.css';

const route = getRouteApi('/incidents/reviews');

/** Reviews after incidents, and the emergencies that still need one. */
export function ReviewsPage() {
  const { t } = useTranslation('incidents');
  return (
    <IncidentsAreaPage title={t('reviews.title')}>
      <MissingReviews />
      <ReviewTable />
    </IncidentsAreaPage>
  );
}

function MissingReviews() {
  const { t } = useTranslation('incidents');
  const query = $api.useQuery('get', '/emergencies-without-review', { params: { query: { limit: 50 } } });
  return (
    <Section title={t('reviews.missing')}>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Mark tone="good">{t('reviews.noneMissing')}</Mark>
          ) : (
            <ul className="account">
              {items.map(({ incidentId, number, title, resolvedAt, reviewId }) => (
                <li key={incidentId}>
                  <Link to="/incidents/$id" params={{ id: incidentId }} search={{ tab: 'review' }}>
                    {number} · {title}
                  </Link>
                  <div>
                    <Mark tone={reviewId ? 'busy' : 'warn'}>{t(reviewId ? 'reviews.draft' : 'reviews.noDraft')}</Mark>
                    <span className="sub">
                      {' '}
                      · {t('reviews.resolved')} <Moment at={resolvedAt} />
                    </span>
                  </div>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}

function ReviewTable() {
  const { t } = useTranslation('incidents');
  const { state, after } = route.useSearch();
  const navigate = route.useNavigate();
  const query = $api.useQuery('get', '/incident-reviews', { params: { query: stated({ state, after }) } });
  return (
    <>
      <search className="filters">
        <ChoiceField
          label={t('filter.state')}
          all={t('all')}
          value={state === 'all' ? undefined : state}
          options={(['draft', 'final'] as const).map((value) => ({ value, label: t(`reviewState.${value}`) }))}
          onChoose={(chosen) => void navigate({ search: { state: chosen } })}
        />
      </search>
      <KeyedTable
        query={query}
        columns={[
          {
            ...{ key: 'incident', title: t('field.incident') },
            render: (_, { incident }) => (
              <>
                <Link to="/incidents/$id" params={{ id: incident.id }} search={{ tab: 'review' }}>
                  {incident.title}
                </Link>
                <div className="sub code">{incident.number}</div>
              </>
            ),
          },
          {
            ...{ key: 'severity', title: t('field.severity') },
            render: (_, { incident }) => <SeverityMark severity={incident.severity} />,
          },
          {
            ...{ key: 'state', title: t('filter.state') },
            render: (_, review) => (
              <Mark tone={review.state === 'final' ? 'good' : 'busy'}>{t(`reviewState.${review.state}`)}</Mark>
            ),
          },
          { key: 'author', title: t('review.author'), render: (_, { author }) => author.name },
          {
            ...{ key: 'approved', title: t('review.approved') },
            render: (_, { approval }) =>
              approval ? (
                <>
                  {approval.by.name} · <Moment at={approval.at} />
                </>
              ) : null,
          },
        ]}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={state === undefined ? t('reviews.none') : t('noneFits')} />}
        label={t('reviews.title')}
      />
    </>
  );
}
