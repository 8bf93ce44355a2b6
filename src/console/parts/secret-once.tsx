import { Alert, Typography } from 'antd';
import { useTranslation } from 'react-i18next';

interface SecretOnceProps {
  /** What it is, and that it is shown this once. */
  readonly title: string;
  readonly secret: string;
  readonly onDone: () => void;
}

/** A secret that the server shows this once, ready to be copied. It is gone when it is closed. */
export function SecretOnce({ title, secret, onDone }: SecretOnceProps) {
  const { t } = useTranslation('parts');
  return (
    <Alert
      type="success"
      role="status"
      className="secret-once"
      title={title}
      closable={{ onClose: onDone, 'aria-label': t('secret.close') }}
      description={
        <Typography.Text className="code" copyable={{ tooltips: [t('secret.copy'), t('secret.copied')] }}>
          {secret}
        </Typography.Text>
      }
    />
  );
}
