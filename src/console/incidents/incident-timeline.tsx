import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { ChoiceField } from '../parts/filters.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Pager } from '../parts/pager.tsx';
import { type Incident, TIMELINE_KINDS, type TimelineItem } from './incident-data.ts';
import { TimelineText } from './timeline-text.tsx';

const route = getRouteApi('/incidents/$id');

/** Everything that has happened, in the order in which it happened, page by page. */
export function IncidentTimeline({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation('incidents');
  const { kind, after } = route.useSearch();
  const navigate = route.useNavigate();
  const query = $api.useQuery('get', '/incidents/{id}/timeline', {
    params: { path: { id: incident.id }, query: stated({ kind, after, limit: 50 }) },
  });
  return (
    <>
      <search className="filters">
        <ChoiceField
          label={t('timeline.only')}
          all={t('all')}
          value={kind}
          options={TIMELINE_KINDS.map((value) => ({ value, label: t(`timelineKind.${value}`) }))}
          onChoose={(chosen) => void navigate({ search: { tab: 'timeline', kind: chosen } })}
        />
      </search>
      <Loaded query={query}>
        {({ items, next }) => (
          <>
            {items.length === 0 ? <NothingHere text={t('timeline.none')} /> : null}
            <ol className="happenings">
              {items.map((item) => (
                <TimelineRow key={`${item.at} ${item.kind} ${JSON.stringify(item.details)}`} item={item} />
              ))}
            </ol>
            <Pager
              after={after}
              next={next}
              onPage={(to) => void navigate({ search: (before) => ({ ...before, after: to }) })}
            />
          </>
        )}
      </Loaded>
    </>
  );
}

function TimelineRow({ item }: { readonly item: TimelineItem }) {
  const { t } = useTranslation('incidents');
  const { at, kind, by, lateBecause, recordedAt } = item;
  return (
    <li>
      <div className="happening-head">
        <strong>{t(`timelineKind.${kind}`)}</strong>
        <span className="sub">
          <Moment at={at} />
          {by ? ` · ${by}` : null}
        </span>
      </div>
      <TimelineText item={item} />
      {lateBecause && recordedAt ? (
        <div className="sub">
          {t('timeline.late')} <Moment at={recordedAt} />
          {t('colon')}
          {lateBecause}
        </div>
      ) : null}
    </li>
  );
}
