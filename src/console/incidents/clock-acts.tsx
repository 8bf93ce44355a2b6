import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { ActDialog } from './act-dialog.tsx';
import type { Clock } from './incident-data.ts';
import { NamedSelect } from './named-picker.tsx';

interface ClockProps {
  readonly clock: Clock;
}

/** What can be done about a clock: ask that it stand still, let it go on, measure it by the target that is in force now. */
export function ClockActs({ clock }: ClockProps) {
  const { t } = useTranslation('incidents');
  const can = useCan();
  const [opened, open] = useState<'pause' | 'rebase'>();
  const resume = useWrite((_: undefined, headers) =>
    api.POST('/sla-clocks/{id}/resume', {
      params: { path: { id: clock.id }, header: { ...headers, ...ifMatch(clock.version) } },
    }),
  );
  if (clock.state === 'stopped') return null;
  const mayAsk = can('sla.operate') && clock.state === 'running' && clock.openPauseRequestId === null;
  return (
    <>
      <ProblemAlert error={resume.problem} />
      {mayAsk ? <Button onClick={() => open('pause')}>{t('pause.ask')}</Button> : null}
      {can('sla.operate') && clock.state === 'paused' ? (
        <ConfirmedButton
          label={t('pause.resume')}
          ask={t('pause.resumeAsk')}
          loading={resume.isPending}
          onConfirm={() => resume.write(undefined).catch(() => undefined)}
        />
      ) : null}
      {can('sla.write') && clock.policyVersion !== null ? (
        <Button onClick={() => open('rebase')}>{t('rebase.open')}</Button>
      ) : null}
      {opened === 'pause' ? <AskPause clock={clock} onClose={() => open(undefined)} /> : null}
      {opened === 'rebase' ? <Rebase clock={clock} onClose={() => open(undefined)} /> : null}
    </>
  );
}

interface DialogProps extends ClockProps {
  readonly onClose: () => void;
}

interface Asked {
  readonly reason: string;
  readonly askedId?: string;
}

function AskPause({ clock, onClose }: DialogProps) {
  const { t } = useTranslation('incidents');
  const ask = useWrite((body: Asked, headers) =>
    api.POST('/sla-clocks/{id}/pause-requests', {
      params: { path: { id: clock.id }, header: { ...headers, ...ifMatch(clock.version) } },
      body,
    }),
  );
  return (
    <ActDialog<Asked>
      title={t('pause.ask')}
      about={t('pause.about')}
      go={t('pause.send')}
      isDated={false}
      problem={ask.problem}
      isPending={ask.isPending}
      onSend={ask.write}
      onClose={onClose}
    >
      <Form.Item
        name="reason"
        label={t('pause.reason')}
        rules={[{ required: true, whitespace: true, message: t('reasonMissing') }]}
      >
        <Input.TextArea rows={2} maxLength={500} />
      </Form.Item>
      <Form.Item name="askedId" label={t('pause.asked')} extra={t('pause.askedHelp')}>
        <NamedSelect kinds={['person']} />
      </Form.Item>
    </ActDialog>
  );
}

function Rebase({ clock, onClose }: DialogProps) {
  const { t } = useTranslation('incidents');
  const rebase = useWrite((body: { reason: string }, headers) =>
    api.POST('/sla-clocks/{id}/rebase', {
      params: { path: { id: clock.id }, header: { ...headers, ...ifMatch(clock.version) } },
      body,
    }),
  );
  return (
    <ActDialog<{ reason: string }>
      title={t('rebase.open')}
      about={t('rebase.about')}
      go={t('rebase.go')}
      isDated={false}
      problem={rebase.problem}
      isPending={rebase.isPending}
      onSend={rebase.write}
      onClose={onClose}
    >
      <Form.Item
        name="reason"
        label={t('reason')}
        rules={[{ required: true, whitespace: true, message: t('reasonMissing') }]}
      >
        <Input.TextArea rows={2} maxLength={500} />
      </Form.Item>
    </ActDialog>
  );
}
