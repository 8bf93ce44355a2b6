import { EyeInvisibleOutlined, EyeOutlined } from '@ant-design/icons';
import { Button, Input, type InputRef, Space } from 'antd';
import { type Ref, useState } from 'react';
import { useTranslation } from 'react-i18next';

interface PasswordInputProps {
  readonly autoComplete: 'current-password' | 'new-password';
  readonly ref?: Ref<InputRef>;
  /** These three come from the form that it stands in. */
  readonly id?: string;
  readonly value?: string;
  readonly onChange?: (event: React.ChangeEvent<HTMLInputElement>) => void;
}

/** A password that can be shown while it is typed: with the keyboard as well, and named for those who do not see the eye. */
export function PasswordInput({ ref, ...props }: PasswordInputProps) {
  const { t } = useTranslation('account');
  const [shown, setShown] = useState(false);
  return (
    <Space.Compact block>
      <Input
        {...props}
        {...(ref ? { ref } : {})}
        type={shown ? 'text' : 'password'}
        maxLength={256}
        spellCheck={false}
      />
      <Button
        icon={shown ? <EyeInvisibleOutlined /> : <EyeOutlined />}
        aria-label={shown ? t('password.hide') : t('password.show')}
        onClick={() => setShown(!shown)}
      />
    </Space.Compact>
  );
}
