import { getRouteApi, Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, API_ROOT } from '../api/client.ts';
import { useCan } from '../app/session.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Mark, type Tone } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import { NewActionDialog } from './action-dialogs.tsx';
import { ActionList } from './action-list.tsx';
import type { ProcessReview } from './incident-data.ts';
import { CancelReviewDialog, HoldReviewDialog, TakeOnDialog } from './process-review-dialogs.tsx';
import './incidents.css';

const route = getRouteApi('/incidents/process-reviews/$id');

export const PROCESS_TONES: Record<ProcessReview['state'], Tone> = {
  planned: 'busy',
  due: 'warn',
  held: 'good',
  cancelled: 'quiet',
};

/** One review of the process, with what is attached to it and what came of it. */
export function ProcessReviewPage() {
  const { t } = useTranslation('incidents');
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/process-reviews/{id}', { params: { path: { id } } });
  return (
    <Page
      title={query.data?.title ?? t('process.title')}
      trail={<Link to="/incidents/process-reviews">{t('process.title')}</Link>}
      actions={query.data ? <ReviewActs review={query.data} /> : null}
    >
      <Loaded query={query}>
        {(review) => (
          <>
            <Section title={t('clocks.stands')}>
              <ReviewFacts review={review} />
            </Section>
            <Section title={t('review.actions')}>
              <ActionList source="process-review" sourceId={review.id} />
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}

type Opened = 'hold' | 'cancel' | 'takeOn' | 'action';

function ReviewActs({ review }: { readonly review: ProcessReview }) {
  const { t } = useTranslation('incidents');
  const can = useCan();
  const [opened, open] = useState<Opened>();
  const onClose = () => open(undefined);
  const isOver = review.state === 'held' || review.state === 'cancelled';
  if (!can('incident.write') || isOver) return null;
  return (
    <>
      {review.state === 'due' ? (
        <>
          <Button type="primary" onClick={() => open('hold')}>
            {t('process.hold')}
          </Button>
          <Button onClick={() => open('action')}>{t('actions.new')}</Button>
        </>
      ) : null}
      <Button onClick={() => open('takeOn')}>{t('process.takeOn')}</Button>
      <Button onClick={() => open('cancel')}>{t('process.cancel')}</Button>
      {opened === 'hold' ? <HoldReviewDialog review={review} onClose={onClose} /> : null}
      {opened === 'cancel' ? <CancelReviewDialog review={review} onClose={onClose} /> : null}
      {opened === 'takeOn' ? <TakeOnDialog review={review} onClose={onClose} /> : null}
      {opened === 'action' ? (
        <NewActionDialog of={{ kind: 'process-review', id: review.id }} onClose={onClose} />
      ) : null}
    </>
  );
}

function ReviewFacts({ review }: { readonly review: ProcessReview }) {
  const { t } = useTranslation('incidents');
  const { id, state, from, until, zone, dueAt, owner, attainment, participants, findings, decisions } = review;
  const { cancelReason, ended, isScheduled } = review;
  return (
    <Facts
      facts={[
        [
          t('filter.state'),
          <Mark key="state" tone={PROCESS_TONES[state]}>
            {t(`processState.${state}`)}
          </Mark>,
        ],
        [t('process.period'), `${from} – ${until} (${zone})${isScheduled ? ` · ${t('process.scheduled')}` : ''}`],
        [t('process.due'), <Moment key="due" at={dueAt} />],
        [t('process.owner'), owner?.name ?? t('process.nobody')],
        [
          t('process.attached'),
          attainment ? (
            <span key="attached">
              <a href={`${API_ROOT}/process-reviews/${id}/attainment.json`}>{t('process.download')}</a> ·{' '}
              {t('process.attachedAt')} <Moment at={attainment.at} />
              <div className="sub code">{t('digest', { digest: attainment.sha256 })}</div>
            </span>
          ) : (
            t('process.notYet')
          ),
        ],
        [
          t('process.participants'),
          participants.length > 0 ? participants.map(({ name }) => name).join(t('comma')) : null,
        ],
        [
          t('process.findings'),
          findings && (
            <span key="findings" className="said">
              {findings}
            </span>
          ),
        ],
        [
          t('process.decisions'),
          decisions && (
            <span key="decisions" className="said">
              {decisions}
            </span>
          ),
        ],
        [t('process.cancelled'), cancelReason],
        [
          t('process.ended'),
          ended && (
            <span key="ended">
              {ended.by.name} · <Moment at={ended.at} />
            </span>
          ),
        ],
      ]}
    />
  );
}
