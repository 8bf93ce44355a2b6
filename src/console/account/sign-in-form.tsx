import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import type { ProblemError } from '../api/problem.ts';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { PasswordInput } from './password-input.tsx';
import { useCountdown } from './use-countdown.ts';

interface SignIn {
  readonly name: string;
  readonly password: string;
}

/** Name and password. Once they are right everything that is shown asks again who is signed in. */
export function SignInForm() {
  const { t } = useTranslation('account');
  const { language } = usePreferences();
  const cache = useQueryClient();
  // Not a `useWrite`: a refusal must not ask for anything anew, and what another person has seen must go.
  const signIn = useMutation<unknown, ProblemError, SignIn>({
    mutationFn: (body) => api.POST('/session', { body }),
    onSuccess: () => cache.resetQueries(),
  });
  const [form] = Form.useForm<SignIn>();
  const waitSeconds = useCountdown(signIn.error);
  const onError = () => {
    form.setFieldValue('password', '');
    form.getFieldInstance('password')?.focus();
  };
  return (
    <Form<SignIn>
      form={form}
      layout="vertical"
      requiredMark={false}
      onFinish={(values) => signIn.mutate(values, { onError })}
    >
      <Refusal problem={signIn.error} waitSeconds={waitSeconds} />
      <Form.Item name="name" label={t('signIn.name')} rules={[{ required: true, message: t('signIn.missing') }]}>
        <Input autoComplete="username" autoFocus autoCapitalize="none" maxLength={254} />
      </Form.Item>
      <Form.Item
        name="password"
        label={t('signIn.password')}
        rules={[{ required: true, message: t('signIn.missing') }]}
      >
        <PasswordInput autoComplete="current-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={signIn.isPending} disabled={waitSeconds > 0}>
        {waitSeconds > 0 ? t('signIn.wait', { time: formatSeconds(waitSeconds, language) }) : t('signIn.submit')}
      </Button>
    </Form>
  );
}

interface RefusalProps {
  readonly problem: ProblemError | null;
  readonly waitSeconds: number;
}

/** Why the last try went wrong. It is read out once: the seconds, which are not, tick on the button. */
function Refusal({ problem, waitSeconds }: RefusalProps) {
  const { t } = useTranslation('account');
  const text = () => {
    if (problem?.code === 'sign-in-refused') return t('signIn.refused');
    if (problem?.code !== 'sign-in-locked') return undefined;
    return waitSeconds > 0 ? t('signIn.locked') : null;
  };
  const known = text();
  if (known === null) return null;
  if (known === undefined) return <ProblemAlert error={problem} />;
  return <Alert type="error" showIcon role="alert" className="sign-in-notice" title={known} />;
}
