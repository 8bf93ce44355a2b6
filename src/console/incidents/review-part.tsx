import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { NewActionDialog } from './action-dialogs.tsx';
import { ActionList } from './action-list.tsx';
import type { Incident, Review } from './incident-data.ts';
import { ReviewForm } from './review-form.tsx';

/** What was learnt from an incident: a draft until somebody approves it, then it stays. */
export function ReviewPart({ incident }: { readonly incident: Incident }) {
  return incident.reviewId === null ? <NoReview incident={incident} /> : <OneReview id={incident.reviewId} />;
}

function OneReview({ id }: { readonly id: string }) {
  const query = $api.useQuery('get', '/incident-reviews/{id}', { params: { path: { id } } });
  return <Loaded query={query}>{(review) => <ReviewContents review={review} />}</Loaded>;
}

function NoReview({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation('incidents');
  const can = useCan();
  const draft = useWrite((_: undefined, header) =>
    api.POST('/incidents/{id}/review', { params: { path: { id: incident.id }, header }, body: {} }),
  );
  if (incident.resolvedAt === null) return <NothingHere text={t('review.tooEarly')} />;
  return (
    <NothingHere text={t(incident.severity === 'emergency' ? 'review.needed' : 'review.none')}>
      {can('incident.operate') ? (
        <Button
          type="primary"
          loading={draft.isPending}
          onClick={() => void draft.write(undefined).catch(() => undefined)}
        >
          {t('review.begin')}
        </Button>
      ) : null}
      <ProblemAlert error={draft.problem} />
    </NothingHere>
  );
}

function ReviewContents({ review }: { readonly review: Review }) {
  const { t } = useTranslation('incidents');
  const can = useCan();
  const [isAdding, add] = useState(false);
  const isDraft = review.state === 'draft';
  return (
    <>
      <ReviewState review={review} />
      {isDraft && can('incident.operate') ? (
        <ReviewForm key={review.id} review={review} />
      ) : (
        <ReviewText review={review} />
      )}
      <h3>{t('review.actions')}</h3>
      <ActionList source="incident-review" sourceId={review.id} />
      {can('incident.operate') ? (
        <Button className="no-print" onClick={() => add(true)}>
          {t('actions.new')}
        </Button>
      ) : null}
      {isAdding ? <NewActionDialog of={{ kind: 'incident-review', id: review.id }} onClose={() => add(false)} /> : null}
      {isDraft && can('incident.write') ? <Approve review={review} /> : null}
    </>
  );
}

function ReviewState({ review }: { readonly review: Review }) {
  const { t } = useTranslation('incidents');
  const { state, author, writers, approval, createdAt } = review;
  return (
    <Facts
      facts={[
        [
          t('filter.state'),
          <Mark key="state" tone={state === 'final' ? 'good' : 'busy'}>
            {t(`reviewState.${state}`)}
          </Mark>,
        ],
        [
          t('review.author'),
          <>
            {author.name} · <Moment at={createdAt} />
          </>,
        ],
        [t('review.writers'), writers.map(({ name }) => name).join(t('comma'))],
        [
          t('review.approved'),
          approval ? (
            <>
              {approval.by.name} · <Moment at={approval.at} />
              <div className="sub code">{t('digest', { digest: approval.sha256 })}</div>
            </>
          ) : null,
        ],
      ]}
    />
  );
}

/** As it was approved, or for whoever may only read. */
function ReviewText({ review }: { readonly review: Review }) {
  const { t } = useTranslation('incidents');
  return (
    <>
      {(['cause', 'factors', 'wentWell', 'wentBadly'] as const).map((field) => (
        <section key={field}>
          <h3>{t(`reviewField.${field}`)}</h3>
          <p className="said">{review[field] || t('review.empty')}</p>
        </section>
      ))}
      <h3>{t('reviewField.timeline')}</h3>
      <ol className="account">
        {review.timeline.map(({ at, text }) => (
          <li key={`${at} ${text}`}>
            <Moment at={at} />
            {t('colon')}
            {text}
          </li>
        ))}
      </ol>
    </>
  );
}

/** The server says who may: of an emergency somebody who wrote nothing of it. */
function Approve({ review }: { readonly review: Review }) {
  const { t } = useTranslation('incidents');
  const approve = useWrite((_: undefined, headers) =>
    api.POST('/incident-reviews/{id}/approve', {
      params: { path: { id: review.id }, header: { ...headers, ...ifMatch(review.version) } },
    }),
  );
  return (
    <div className="approve no-print">
      <p>{t(review.incident.severity === 'emergency' ? 'review.approveEmergency' : 'review.approveAbout')}</p>
      <ConfirmedButton
        label={t('review.approve')}
        ask={t('review.approveAsk')}
        loading={approve.isPending}
        onConfirm={() => approve.write(undefined).catch(() => undefined)}
      />
      <ProblemAlert error={approve.problem} />
    </div>
  );
}
