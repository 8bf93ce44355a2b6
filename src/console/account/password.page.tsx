import { Link, useNavigate } from '@tanstack/react-router';
import { App, Button, Form, type FormInstance } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import { useWrite } from '../api/use-write.ts';
import { useMe } from '../app/session.ts';
import { Page } from '../parts/page.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Section } from '../parts/section.tsx';
import { PasswordInput } from './password-input.tsx';

/** How long after a link was opened the server asks for no current password. */
const FRESH_LINK_MS = 15 * 60_000;

interface PasswordForm {
  readonly current?: string;
  readonly password: string;
  readonly again: string;
}

/** Sets the password of whoever is signed in. */
export function PasswordPage() {
  const { t } = useTranslation('account');
  const { data: me } = useMe();
  const title = me?.hasPassword ? t('password.change') : t('password.set');
  return (
    <Page title={title} trail={<Link to="/account">{t('title')}</Link>}>
      <Section title={t('password.title')}>
        <PasswordFields />
      </Section>
    </Page>
  );
}

function PasswordFields() {
  const { t } = useTranslation('account');
  const { data: me } = useMe();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const change = useWrite((body: { current?: string; password: string }) => api.PUT('/me/password', { body }));
  const session = me?.session;
  const isFresh = session?.openedBy === 'link' && Date.now() - Date.parse(session.createdAt) < FRESH_LINK_MS;
  const required = [{ required: true, message: t('signIn.missing') }];
  const [form] = Form.useForm<PasswordForm>();
  const showRefusal = useFieldRefusal(form);
  const submit = async ({ current, password }: PasswordForm) => {
    await change.write(current ? { current, password } : { password });
    void message.success(t('password.done'));
    await navigate({ to: '/account' });
  };
  return (
    <Form<PasswordForm>
      form={form}
      className="narrow-form"
      layout="vertical"
      requiredMark={false}
      onFinish={(values) => submit(values).catch(showRefusal)}
    >
      {change.problem?.problem?.fields?.length ? null : <ProblemAlert error={change.problem} />}
      {me?.hasPassword && isFresh ? <p className="hint">{t('password.freshLink')}</p> : null}
      {me?.hasPassword && !isFresh ? (
        <Form.Item name="current" label={t('password.current')} rules={required}>
          <PasswordInput autoComplete="current-password" />
        </Form.Item>
      ) : null}
      <Form.Item name="password" label={t('password.next')} rules={required} extra={t('password.rules')}>
        <PasswordInput autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="again"
        label={t('password.again')}
        dependencies={['password']}
        rules={[
          ...required,
          ({ getFieldValue }) => ({
            validator: async (_rule, value?: string) => {
              if (value && value !== getFieldValue('password')) throw new Error(t('password.differs'));
            },
          }),
        ]}
      >
        <PasswordInput autoComplete="new-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={change.isPending}>
        {t('password.submit')}
      </Button>
    </Form>
  );
}

/** Puts a refusal below the field that it names. */
function useFieldRefusal(form: FormInstance<PasswordForm>): (thrown: unknown) => void {
  const { t } = useTranslation('account');
  return (thrown) => {
    const fields = thrown instanceof ProblemError ? (thrown.problem?.fields ?? []) : [];
    for (const { field, message } of fields) {
      if (field === '#/current') form.setFields([{ name: 'current', errors: [t('password.currentWrong')] }]);
      else form.setFields([{ name: 'password', errors: [t('password.unfit', { reason: message })] }]);
    }
  };
}
