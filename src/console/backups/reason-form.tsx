import { Button, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';

interface ReasonFormProps {
  readonly action: string;
  readonly isPending: boolean;
  readonly onSend: (reason: string) => Promise<unknown>;
}

/** Asks why, and then does it. */
export function ReasonForm({ action, isPending, onSend }: ReasonFormProps) {
  const { t } = useTranslation('backups');
  return (
    <Form<{ reason: string }> layout="vertical" onFinish={({ reason }) => void onSend(reason)}>
      <Form.Item
        name="reason"
        label={t('reasonGiven')}
        rules={[{ required: true, whitespace: true, message: t('reasonMissing') }]}
      >
        <Input.TextArea rows={3} maxLength={1000} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={isPending}>
        {action}
      </Button>
    </Form>
  );
}
