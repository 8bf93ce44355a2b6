import { Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { ActDialog } from './act-dialog.tsx';
import type { Alert } from './alert-data.ts';

interface AcknowledgeDialogProps {
  /** Undefined: the dialog is closed. */
  readonly alert: Alert | undefined;
  readonly onClose: () => void;
}

interface Taken {
  readonly note?: string;
  readonly remindAfterSeconds: number;
}

const REMINDERS_SECONDS = [900, 3600, 4 * 3600, 12 * 3600, 86_400];

/** Stands for no reminder: a field of choices has no empty value. */
const NEVER = 0;

/** Takes an alert on: nobody else is told meanwhile, until it rises or the reminder comes. */
export function AcknowledgeDialog({ alert, onClose }: AcknowledgeDialogProps) {
  const { t } = useTranslation('alerts');
  const { language } = usePreferences();
  const take = useWrite(({ note = '', remindAfterSeconds: seconds }: Taken, headers) =>
    api.POST('/alerts/{id}/acknowledge', {
      params: { path: { id: alert?.id ?? '' }, header: { ...headers, ...ifMatch(alert?.version ?? 0) } },
      body: { note: note.trim(), remindAfterSeconds: seconds === NEVER ? null : seconds },
    }),
  );
  if (!alert) return null;
  return (
    <ActDialog<Taken>
      title={t('act.acknowledgeOf', { name: alert.subject.name })}
      action={t('act.acknowledge')}
      text={t('act.acknowledgeText')}
      initialValues={{ remindAfterSeconds: 3600 }}
      isPending={take.isPending}
      problem={take.problem}
      onSend={take.write}
      onClose={() => {
        take.reset();
        onClose();
      }}
    >
      <Form.Item name="note" label={t('act.note')}>
        <Input.TextArea rows={2} maxLength={500} />
      </Form.Item>
      <Form.Item name="remindAfterSeconds" label={t('act.remind')} extra={t('act.remindHelp')}>
        <Select
          options={[
            ...REMINDERS_SECONDS.map((value) => ({
              value,
              label: t('act.remindAfter', { time: formatSeconds(value, language) }),
            })),
            { value: NEVER, label: t('act.remindNever') },
          ]}
        />
      </Form.Item>
    </ActDialog>
  );
}
