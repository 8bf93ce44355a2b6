import { Form, Modal } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '../parts/problem-alert.tsx';

interface ActDialogProps<Values extends object> {
  readonly title: string;
  /** What the button says that does it. */
  readonly action: string;
  /** What will happen, before it does. */
  readonly text?: string;
  readonly initialValues?: Partial<Values>;
  readonly isPending: boolean;
  readonly problem: unknown;
  readonly danger?: boolean;
  /** Rejects when it was refused: the dialog stays open then, with all that was typed. */
  readonly onSend: (values: Values) => Promise<unknown>;
  readonly onClose: () => void;
  /** Told of every change of a field. */
  readonly onChange?: (values: Partial<Values>) => void;
  /** The fields, as items of the form. */
  readonly children: ReactNode;
}

/** A dialog that does one thing with what it is told, and closes when it is done. */
export function ActDialog<Values extends object>(props: ActDialogProps<Values>) {
  const { title, action, text, initialValues, isPending, problem, danger, onSend, onClose, onChange, children } = props;
  const { t } = useTranslation('alerts');
  const [form] = Form.useForm<Values>();
  const send = (values: Values) =>
    void onSend(values).then(onClose, () => {
      // Shown below.
    });
  return (
    <Modal
      open
      title={title}
      okText={action}
      cancelText={t('act.cancel')}
      confirmLoading={isPending}
      okButtonProps={{ danger: danger ?? false }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      {text ? <p>{text}</p> : null}
      <Form
        form={form}
        layout="vertical"
        initialValues={initialValues ?? {}}
        onFinish={send}
        onValuesChange={(_, values) => onChange?.(values)}
      >
        {children}
      </Form>
      <ProblemAlert error={problem} />
    </Modal>
  );
}
