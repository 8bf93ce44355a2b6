import { App, Button, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { Import, ImportQuery } from './words.ts';

interface Filled {
  readonly name: string;
  readonly headers: string;
  readonly defaults?: string;
}

interface NewMappingProps {
  readonly kind: ImportQuery['kind'];
  /** What the columns of a file were taken for: what the form begins with. */
  readonly columns: Import['columns'];
  readonly onMade: (name: string) => void;
}

/** Keeps under a name which column is which field, for files that come again and again. */
export function NewMapping({ kind, columns, onMade }: NewMappingProps) {
  const { t } = useTranslation('storeroom');
  const { message } = App.useApp();
  const [isOpen, setOpen] = useState(false);
  const [form] = Form.useForm<Filled>();
  const { write, isPending, problem } = useWrite(({ name, headers, defaults = '' }: Filled, header) =>
    api.POST('/import-mappings', {
      params: { header },
      body: { kind, name: name.trim(), headers: pairsOf(headers), defaults: pairsOf(defaults) },
    }),
  );
  const keep = (filled: Filled) =>
    write(filled).then(
      ({ name }) => {
        setOpen(false);
        void message.success(t('mapping.kept', { name }));
        onMade(name);
      },
      () => undefined,
    );
  const known = columns.flatMap(({ header, field }) => (field ? [`${field} = ${header}`] : [])).join('\n');
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('mapping.do')}</Button>
      <Modal
        open={isOpen}
        title={t('mapping.title', { kind: t(`importKind.${kind}`) })}
        okText={t('mapping.keep')}
        cancelText={t('cancel')}
        confirmLoading={isPending}
        onOk={() => form.submit()}
        onCancel={() => setOpen(false)}
      >
        <p>{t('mapping.text')}</p>
        <Form form={form} layout="vertical" initialValues={{ headers: known }} onFinish={(filled) => void keep(filled)}>
          <Form.Item
            name="name"
            label={t('mapping.name')}
            rules={[{ required: true, whitespace: true, message: t('needed') }]}
          >
            <Input maxLength={80} />
          </Form.Item>
          <Form.Item
            name="headers"
            label={t('mapping.headers')}
            extra={t('mapping.headersHelp')}
            rules={[{ required: true, whitespace: true, message: t('needed') }]}
          >
            <Input.TextArea rows={5} className="code" />
          </Form.Item>
          <Form.Item name="defaults" label={t('mapping.defaults')} extra={t('mapping.defaultsHelp')}>
            <Input.TextArea rows={2} className="code" />
          </Form.Item>
        </Form>
        <ProblemAlert error={problem} />
      </Modal>
    </>
  );
}

/** `field = text`, line by line. What has no sign between is left to the server to refuse, under its own words. */
function pairsOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const [field = '', ...rest] = line.split('=');
      return [field.trim(), rest.join('=').trim()];
    }),
  );
}
