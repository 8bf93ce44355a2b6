import { App, Button, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { LicenceKey } from './licences.words.ts';

interface RevealKeyProps {
  readonly licenceKey: LicenceKey;
  readonly onClose: () => void;
}

/**
 * Asks for a reason, which the server records, and shows a key until the dialog is closed. The key lives in this dialog alone: in
 * no cache of answers, no address and no storage. Neither is the request one that repeats itself: each look has its own record.
 */
export function RevealKey({ licenceKey, onClose }: RevealKeyProps) {
  const { t } = useTranslation('licences');
  const [key, setKey] = useState<string>();
  const [problem, setProblem] = useState<unknown>(null);
  const [isAsking, setAsking] = useState(false);
  const reveal = async (reason: string) => {
    setAsking(true);
    setProblem(null);
    try {
      const params = { path: { id: licenceKey.id } };
      const { data } = await api.POST('/licence-keys/{id}/reveal', { params, body: { reason } });
      setKey(data?.key);
    } catch (thrown) {
      setProblem(thrown);
    } finally {
      setAsking(false);
    }
  };
  return (
    <Modal
      open
      title={t('keys.dialog', { of: licenceKey.seat ?? licenceKey.entitlement.name })}
      onCancel={onClose}
      footer={null}
    >
      <p>{t('keys.recorded')}</p>
      <ProblemAlert error={problem} />
      {key === undefined ? (
        <Form layout="vertical" onFinish={({ reason }: { reason: string }) => void reveal(reason.trim())}>
          <Form.Item
            name="reason"
            label={t('keys.reason')}
            rules={[{ required: true, whitespace: true, message: t('keys.reasonNeeded') }]}
          >
            <Input.TextArea rows={2} maxLength={500} autoFocus />
          </Form.Item>
          <Button type="primary" htmlType="submit" loading={isAsking}>
            {t('keys.reveal')}
          </Button>
        </Form>
      ) : (
        <Shown text={key} onClose={onClose} />
      )}
    </Modal>
  );
}

function Shown({ text, onClose }: { readonly text: string; readonly onClose: () => void }) {
  const { t } = useTranslation('licences');
  const { message } = App.useApp();
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => message.success(t('keys.copied')),
      () => message.error(t('keys.notCopied')),
    );
  return (
    <>
      <p className="code" role="status" aria-label={t('keys.key')}>
        {text}
      </p>
      <Button type="primary" onClick={() => void copy()}>
        {t('keys.copy')}
      </Button>{' '}
      <Button onClick={onClose}>{t('keys.close')}</Button>
    </>
  );
}
