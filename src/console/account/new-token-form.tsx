import { Button, Form, Input, Select, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';

const DAY_MS = 86_400_000;
const LIFETIMES_DAYS = [30, 90, 365] as const;

interface TokenForm {
  readonly name: string;
  /** 0: until it is revoked. */
  readonly days: number;
}

interface NewTokenFormProps {
  readonly onMade: (secret: string) => void;
  readonly onCancel: () => void;
}

/** What a new token is for, and how long it is good. */
export function NewTokenForm({ onMade, onCancel }: NewTokenFormProps) {
  const { t } = useTranslation('account');
  const make = useWrite((body: { name: string; expiresAt: string | null }, header) =>
    api.POST('/tokens', { body, params: { header } }),
  );
  const submit = async ({ name, days }: TokenForm) => {
    const expiresAt = days === 0 ? null : new Date(Date.now() + days * DAY_MS).toISOString();
    const made = await make.write({ name, expiresAt });
    onMade(made.secret);
  };
  const lifetimes = LIFETIMES_DAYS.map((days) => ({ value: days as number, label: t('tokens.days', { count: days }) }));
  return (
    <Form<TokenForm>
      className="narrow-form"
      layout="vertical"
      requiredMark={false}
      initialValues={{ days: 90 }}
      onFinish={(values) => submit(values).catch(() => undefined)}
    >
      <ProblemAlert error={make.problem} />
      <Form.Item name="name" label={t('tokens.name')} rules={[{ required: true, message: t('signIn.missing') }]}>
        <Input autoFocus maxLength={200} />
      </Form.Item>
      <Form.Item name="days" label={t('tokens.lifetime')}>
        <Select options={[...lifetimes, { value: 0, label: t('tokens.forever') }]} />
      </Form.Item>
      <Space>
        <Button type="primary" htmlType="submit" loading={make.isPending}>
          {t('tokens.make')}
        </Button>
        <Button onClick={onCancel}>{t('tokens.cancel')}</Button>
      </Space>
    </Form>
  );
}
