import { Button, Form, Input, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { useWrite, type WriteHeaders } from '../api/use-write.ts';
import { useCan, useMe } from '../app/session.ts';
import { Mark, type Tone } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { ActDialog } from './act-dialog.tsx';
import type { Clock, PauseRequest } from './incident-data.ts';

const TONES: Record<PauseRequest['state'], Tone> = {
  open: 'warn',
  approved: 'good',
  refused: 'bad',
  withdrawn: 'quiet',
  lapsed: 'quiet',
};

/** Who has asked that a clock stand still, and what was decided; nothing where nobody has. */
export function PauseRequests({ clock }: { readonly clock: Clock }) {
  const { t } = useTranslation('incidents');
  const query = { clockId: clock.id, state: 'all', limit: 50 } as const;
  const { data } = $api.useQuery('get', '/sla-pause-requests', { params: { query } });
  if (!data || data.items.length === 0) return null;
  return (
    <Section title={t('pause.requests')}>
      <ul className="account">
        {data.items.map((request) => (
          <RequestRow key={request.id} request={request} />
        ))}
      </ul>
    </Section>
  );
}

function RequestRow({ request }: { readonly request: PauseRequest }) {
  const { t } = useTranslation('incidents');
  const { state, reason, requestedBy, requestedAt, asked, decision } = request;
  return (
    <li>
      <Mark tone={TONES[state]}>{t(`pauseState.${state}`)}</Mark> {reason}
      <div className="sub">
        {requestedBy.name} · <Moment at={requestedAt} />
        {asked ? ` · ${t('pause.askedWho', { name: asked.name })}` : null}
      </div>
      {decision ? (
        <div className="sub">
          {t(`pauseState.${decision.outcome}`)} · {decision.decidedBy.name} · <Moment at={decision.decidedAt} />
          {decision.isBackDated ? ` · ${t('pause.backDated')}` : null}
          {decision.note ? ` · ${decision.note}` : null}
        </div>
      ) : null}
      {state === 'open' ? <Decide request={request} /> : null}
    </li>
  );
}

const VERDICTS = ['approve', 'refuse', 'withdraw'] as const;
type Verdict = (typeof VERDICTS)[number];

/** Another person approves or refuses; whoever has asked can only take it back. */
function Decide({ request }: { readonly request: PauseRequest }) {
  const { t } = useTranslation('incidents');
  const can = useCan();
  const me = useMe().data;
  const [opened, open] = useState<Verdict>();
  if (!can('sla.operate')) return null;
  const isMine = me?.id === request.requestedBy.id;
  const verdicts = VERDICTS.filter((verdict) => (verdict === 'withdraw') === isMine);
  return (
    <div className="act-buttons">
      {verdicts.map((verdict) => (
        <Button key={verdict} size="small" onClick={() => open(verdict)}>
          {t(`pauseAct.${verdict}`)}
        </Button>
      ))}
      {opened ? <DecideDialog request={request} verdict={opened} onClose={() => open(undefined)} /> : null}
    </div>
  );
}

interface DecideProps {
  readonly request: PauseRequest;
  readonly verdict: Verdict;
  readonly onClose: () => void;
}

interface Decided {
  readonly note?: string;
  readonly since?: 'approval' | 'request';
}

function DecideDialog({ request, verdict, onClose }: DecideProps) {
  const { t } = useTranslation('incidents');
  const decide = useWrite((body: Decided, header: WriteHeaders) => {
    const params = { path: { id: request.id }, header };
    if (verdict === 'approve') return api.POST('/sla-pause-requests/{id}/approve', { params, body });
    const { note } = body;
    const said = { params, body: note === undefined ? {} : { note } };
    return verdict === 'refuse'
      ? api.POST('/sla-pause-requests/{id}/refuse', said)
      : api.POST('/sla-pause-requests/{id}/withdraw', said);
  });
  return (
    <ActDialog<Decided>
      title={t(`pauseAct.${verdict}`)}
      about={t(`pauseAbout.${verdict}`)}
      go={t(`pauseAct.${verdict}`)}
      isDated={false}
      {...(verdict === 'approve' ? { initial: { since: 'approval' as const } } : {})}
      problem={decide.problem}
      isPending={decide.isPending}
      onSend={decide.write}
      onClose={onClose}
    >
      {verdict === 'approve' ? (
        <Form.Item name="since" label={t('pause.since')}>
          <Radio.Group
            options={(['approval', 'request'] as const).map((value) => ({ value, label: t(`pauseSince.${value}`) }))}
          />
        </Form.Item>
      ) : null}
      <Form.Item name="note" label={t('noteOptional')}>
        <Input.TextArea rows={2} maxLength={2000} />
      </Form.Item>
    </ActDialog>
  );
}
