import { Button, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { Stocktake } from './words.ts';

/** Ends a stocktake without posting anything, for a reason. */
export function CancelStocktake({ stocktake: { id, version } }: { readonly stocktake: Stocktake }) {
  const { t } = useTranslation('storeroom');
  const [isAsking, setAsking] = useState(false);
  const [form] = Form.useForm<{ reason: string }>();
  const { write, isPending, problem } = useWrite((reason: string, headers) =>
    api.POST('/stocktakes/{id}/cancel', {
      params: { path: { id }, header: { ...headers, ...ifMatch(version) } },
      body: { reason },
    }),
  );
  const cancel = (reason: string) =>
    write(reason.trim()).then(
      () => setAsking(false),
      () => undefined,
    );
  return (
    <>
      <Button danger onClick={() => setAsking(true)}>
        {t('stop.do')}
      </Button>
      <Modal
        open={isAsking}
        title={t('stop.do')}
        okText={t('stop.do')}
        okButtonProps={{ danger: true }}
        cancelText={t('stop.back')}
        confirmLoading={isPending}
        onOk={() => form.submit()}
        onCancel={() => setAsking(false)}
      >
        <p>{t('stop.text')}</p>
        <Form form={form} layout="vertical" onFinish={({ reason }) => void cancel(reason)}>
          <Form.Item
            name="reason"
            label={t('reason')}
            rules={[{ required: true, whitespace: true, message: t('needed') }]}
          >
            <Input.TextArea rows={2} maxLength={500} />
          </Form.Item>
        </Form>
        <ProblemAlert error={problem} />
      </Modal>
    </>
  );
}
