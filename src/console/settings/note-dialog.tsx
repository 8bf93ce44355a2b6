import { Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import type { useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';

interface NoteDialogProps {
  /** What is done, on the button as well. */
  readonly title: string;
  /** What will have happened then. */
  readonly help: string;
  readonly write: Pick<ReturnType<typeof useWrite<string, unknown>>, 'write' | 'isPending' | 'problem'>;
  readonly onClose: () => void;
}

/** Says what will happen, takes a note, and does it; a refusal stands below what was typed. */
export function NoteDialog({ title, help, write: { write, isPending, problem }, onClose }: NoteDialogProps) {
  const { t } = useTranslation('settings');
  const [form] = Form.useForm<{ note?: string }>();
  const send = ({ note = '' }: { note?: string }) => write(note).then(onClose, () => undefined);
  return (
    <Modal
      open
      title={title}
      okText={title}
      cancelText={t('cancel')}
      confirmLoading={isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p>{help}</p>
      <Form form={form} layout="vertical" onFinish={(filled) => void send(filled)}>
        <Form.Item name="note" label={t('policy.note')}>
          <Input.TextArea rows={2} maxLength={2000} />
        </Form.Item>
      </Form>
      <ProblemAlert error={problem} />
    </Modal>
  );
}
