import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { ActDialog } from './act-dialog.tsx';
import type { Alert } from './alert-data.ts';

interface CloseDialogProps {
  readonly alert: Alert;
  readonly onClose: () => void;
}

/** Closes an alert by hand: its rule opens another one if what it says still holds. */
export function CloseDialog({ alert, onClose }: CloseDialogProps) {
  const { t } = useTranslation('alerts');
  const close = useWrite(({ reason }: { reason: string }, headers) =>
    api.POST('/alerts/{id}/close', {
      params: { path: { id: alert.id }, header: { ...headers, ...ifMatch(alert.version) } },
      body: { reason },
    }),
  );
  return (
    <ActDialog<{ reason: string }>
      danger
      title={t('act.closeOf', { name: alert.subject.name })}
      action={t('act.close')}
      text={t('act.closeText')}
      isPending={close.isPending}
      problem={close.problem}
      onSend={close.write}
      onClose={onClose}
    >
      <Form.Item
        name="reason"
        label={t('act.reason')}
        rules={[{ required: true, whitespace: true, message: t('act.reasonMissing') }]}
      >
        <Input.TextArea rows={3} maxLength={500} />
      </Form.Item>
    </ActDialog>
  );
}
