import { useNavigate } from '@tanstack/react-router';
import { Button, Form, Select, Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { NewMapping } from './new-mapping.tsx';
import { IMPORT_KINDS, type ImportQuery } from './words.ts';

type Filled = Omit<ImportQuery, 'fileName'>;

/** How a file is written; the server recognises it, unless it is stated. */
const FORM_CHOICES = [
  { name: 'encoding', values: ['utf-8', 'gb18030'] },
  { name: 'delimiter', values: ['comma', 'semicolon', 'tab'] },
  { name: 'decimalMark', values: ['point', 'comma'] },
] as const;

/** Sends a file in, which is then checked and changes nothing; goes to what each of its lines would do. */
export function ImportUpload() {
  const { t } = useTranslation('storeroom');
  const navigate = useNavigate();
  const [form] = Form.useForm<Filled>();
  const kind = Form.useWatch('kind', form);
  const [file, setFile] = useState<File>();
  const [isMissing, setMissing] = useState(false);
  const mappings = $api.useQuery(
    'get',
    '/import-mappings',
    { params: { query: { limit: 200, ...(kind ? { kind } : {}) } } },
    { enabled: kind !== undefined },
  );
  const { write, isPending, problem, reset } = useWrite(({ content, query }: { content: File; query: ImportQuery }) =>
    api.POST('/imports', {
      params: { query },
      // The file goes as it is: which characters its bytes are is for the server to say.
      body: content as unknown as string,
      bodySerializer: (body: unknown) => body as File,
      headers: { 'Content-Type': 'text/csv' },
    }),
  );
  const send = async (filled: Filled) => {
    setMissing(!file);
    if (!file) return;
    const given = Object.entries(filled).filter(([, value]) => value);
    const query = { ...Object.fromEntries(given), fileName: file.name.slice(0, 255) } as ImportQuery;
    const made = await write({ content: file, query }).catch(() => undefined);
    if (made) await navigate({ to: '/storeroom/imports/$id', params: { id: made.id } });
  };
  return (
    <Form form={form} layout="vertical" onFinish={(filled) => void send(filled)}>
      <div className="import-fields">
        <Form.Item name="kind" label={t('imports.kind')} rules={[{ required: true, message: t('needed') }]}>
          <Select
            placeholder={t('imports.chooseKind')}
            options={IMPORT_KINDS.map((value) => ({ value, label: t(`importKind.${value}`) }))}
          />
        </Form.Item>
        <Form.Item
          label={t('imports.file')}
          required
          {...(isMissing ? { validateStatus: 'error', help: t('needed') } : {})}
        >
          <Upload
            accept=".csv,.txt,.tsv,text/csv"
            maxCount={1}
            beforeUpload={(chosen) => {
              reset();
              setMissing(false);
              setFile(chosen);
              return false;
            }}
            onRemove={() => setFile(undefined)}
            fileList={file ? [{ uid: file.name, name: file.name }] : []}
          >
            <Button>{t('file.choose')}</Button>
          </Upload>
        </Form.Item>
        <Form.Item name="mapping" label={t('imports.mapping')}>
          <Select
            allowClear
            disabled={!kind}
            placeholder={t('imports.noMapping')}
            options={(mappings.data?.items ?? []).map(({ name }) => ({ value: name, label: name }))}
          />
        </Form.Item>
        {FORM_CHOICES.map(({ name, values }) => (
          <Form.Item key={name} name={name} label={t(`imports.${name}`)}>
            <Select
              allowClear
              placeholder={t('imports.recognised')}
              options={values.map((value) => ({ value, label: t(`fileForm.${value}`) }))}
            />
          </Form.Item>
        ))}
      </div>
      <ProblemAlert error={problem} />
      <div className="row-actions">
        <Button type="primary" htmlType="submit" loading={isPending}>
          {t('imports.check')}
        </Button>
        {kind ? <NewMapping kind={kind} columns={[]} onMade={(mapping) => form.setFieldsValue({ mapping })} /> : null}
      </div>
    </Form>
  );
}
