import { Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { Schedule } from './schedule-data.ts';

interface PauseScheduleProps {
  readonly schedule: Schedule;
  readonly onClose: () => void;
}

/** Keeps a schedule from firing, for a reason that the trail keeps. */
export function PauseSchedule({ schedule: { id, name }, onClose }: PauseScheduleProps) {
  const { t } = useTranslation('settings');
  const [form] = Form.useForm<{ reason: string }>();
  const pause = useWrite((body: { reason: string }, header) =>
    api.POST('/schedules/{id}/pause', { params: { path: { id }, header }, body }),
  );
  const send = (body: { reason: string }) => pause.write(body).then(onClose, () => undefined);
  return (
    <Modal
      open
      title={t('pauseTitle', { name })}
      okText={t('pause')}
      cancelText={t('cancel')}
      confirmLoading={pause.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p>{t('pauseHelp')}</p>
      <Form form={form} layout="vertical" onFinish={(body) => void send(body)}>
        <Form.Item
          name="reason"
          label={t('reason')}
          rules={[{ required: true, whitespace: true, message: t('reasonMissing') }]}
        >
          <Input.TextArea rows={2} maxLength={1000} />
        </Form.Item>
      </Form>
      <ProblemAlert error={pause.problem} />
    </Modal>
  );
}
