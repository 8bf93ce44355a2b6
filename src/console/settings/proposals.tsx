import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { stated } from '../app/search.ts';
import { useCan, useMe } from '../app/session.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Pager } from '../parts/pager.tsx';
import { Section } from '../parts/section.tsx';
import { NoteDialog } from './note-dialog.tsx';
import type { Proposal } from './policy-data.ts';
import { PolicyFigure } from './policy-figure.tsx';

const route = getRouteApi('/settings/sla-policy');

/** What was proposed for the policy, the newest first, with what it would change. */
export function Proposals() {
  const { t } = useTranslation('settings');
  const { proposals: after } = route.useSearch();
  const navigate = useNavigate({ from: '/settings/sla-policy' });
  const query = $api.useQuery('get', '/sla-policy/proposals', {
    params: { query: { limit: 5, ...stated({ after }) } },
  });
  return (
    <Section title={t('policy.proposals')}>
      <Loaded query={query}>
        {({ items, next }) => (
          <>
            {items.length === 0 ? <NothingHere text={t('policy.noProposals')} /> : null}
            {items.map((proposal) => (
              <OneProposal key={proposal.id} proposal={proposal} />
            ))}
            <Pager after={after} next={next} onPage={(page) => void navigate({ search: { proposals: page } })} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

function OneProposal({ proposal }: { readonly proposal: Proposal }) {
  const { t } = useTranslation('settings');
  const { proposedBy, baseVersion, createdAt, changes, draft, decision } = proposal;
  return (
    <article className="settings-proposal">
      <h3>{t('policy.proposed', { name: proposedBy.name, version: baseVersion })}</h3>
      <p>
        <Moment at={createdAt} /> {draft.note}
      </p>
      <ul className="settings-slots">
        {changes.map((change) => (
          <li key={`${change.severity} ${change.serviceId} ${change.target}`}>
            {t(`policy.severityOf.${change.severity}`)}, {t(`policy.targetOf.${change.target as 'respond'}`)}:{' '}
            <PolicyFigure figure={change.before} /> → <PolicyFigure figure={change.after} />{' '}
            <Mark tone={change.isLooser ? 'warn' : 'good'}>
              {t(change.isLooser ? 'policy.looser' : 'policy.tighter')}
            </Mark>
          </li>
        ))}
      </ul>
      {decision ? <Decision decision={decision} /> : <Decide proposal={proposal} />}
    </article>
  );
}

function Decision({ decision }: { readonly decision: NonNullable<Proposal['decision']> }) {
  const { t } = useTranslation('settings');
  const { outcome, decidedBy, decidedAt, policyVersion, note } = decision;
  const words =
    outcome === 'approved'
      ? t('policy.approved', { name: decidedBy.name, version: policyVersion })
      : t('policy.rejected', { name: decidedBy.name });
  return (
    <p>
      <Mark tone={outcome === 'approved' ? 'good' : 'quiet'}>{words}</Mark> <Moment at={decidedAt} /> {note}
    </p>
  );
}

function Decide({ proposal: { id, proposedBy } }: { readonly proposal: Proposal }) {
  const { t } = useTranslation('settings');
  const can = useCan();
  const { data: me } = useMe();
  const [open, setOpen] = useState<'approve' | 'reject'>();
  const path = { id };
  const approve = useWrite((note: string, header) =>
    api.POST('/sla-policy/proposals/{id}/approve', { params: { path, header }, body: { note } }),
  );
  const reject = useWrite((note: string, header) =>
    api.POST('/sla-policy/proposals/{id}/reject', { params: { path, header }, body: { note } }),
  );
  if (!can('sla.write')) return null;
  const isOwn = me?.id === proposedBy.id;
  return (
    <div className="settings-actions no-print">
      {isOwn ? t('policy.own') : <Button onClick={() => setOpen('approve')}>{t('policy.approve')}</Button>}
      <Button onClick={() => setOpen('reject')}>{t('policy.reject')}</Button>
      {open ? (
        <NoteDialog
          title={t(`policy.${open}`)}
          help={t(`policy.${open}Help`)}
          write={open === 'approve' ? approve : reject}
          onClose={() => setOpen(undefined)}
        />
      ) : null}
    </div>
  );
}
