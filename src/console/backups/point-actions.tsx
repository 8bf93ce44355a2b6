import { App, Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { RecoveryPoint } from './backup-api.ts';
import { ReasonForm } from './reason-form.tsx';

/** Has a worker read a recovery point back in full now. */
export function CheckNow({ point }: { readonly point: RecoveryPoint }) {
  const { t } = useTranslation('backups');
  const can = useCan();
  const { message } = App.useApp();
  const { id } = point;
  const check = useWrite((_: undefined, headers) =>
    api.POST('/recovery-points/{id}/check', { params: { path: { id } }, headers: { ...headers } }),
  );
  if (!can('backup.operate') || point.state === 'deleted') return null;
  const run = () =>
    check.write(undefined).then(
      () => void message.success(t('check.ordered')),
      () => undefined,
    );
  return (
    <>
      <Button type="primary" loading={check.isPending} onClick={() => void run()}>
        {t('check.now')}
      </Button>
      <ProblemAlert error={check.problem} />
    </>
  );
}

/** Takes what lies there now for an altered point of another tool: what was on record is forgotten, so a reason is asked for. */
export function AcceptPoint({ point }: { readonly point: RecoveryPoint }) {
  const { t } = useTranslation('backups');
  const can = useCan();
  const [open, setOpen] = useState(false);
  const { id } = point;
  const accept = useWrite((body: { readonly reason: string }, headers) =>
    api.POST('/recovery-points/{id}/accept', { params: { path: { id } }, body, headers: { ...headers } }),
  );
  if (!can('backup.operate') || point.own || point.verdict !== 'altered') return null;
  const close = () => {
    accept.reset();
    setOpen(false);
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('accept.action')}</Button>
      <Modal title={t('accept.title')} open={open} onCancel={close} footer={null} destroyOnHidden>
        <p>{t('accept.text')}</p>
        <ProblemAlert error={accept.problem} />
        <ReasonForm
          action={t('accept.action')}
          isPending={accept.isPending}
          onSend={(reason) => accept.write({ reason }).then(close, () => undefined)}
        />
      </Modal>
    </>
  );
}
