import { Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';

interface ConfirmedButtonProps {
  readonly label: string;
  /** What will happen, as a question or a statement. */
  readonly ask: string;
  readonly danger?: boolean;
  readonly loading?: boolean;
  readonly small?: boolean;
  readonly onConfirm: () => unknown;
}

/** A button for what cannot be taken back: it asks once more. */
export function ConfirmedButton({ label, ask, danger, loading, small, onConfirm }: ConfirmedButtonProps) {
  const { t } = useTranslation('parts');
  return (
    <Popconfirm title={ask} okText={t('confirm.yes')} cancelText={t('confirm.no')} onConfirm={() => void onConfirm()}>
      <Button danger={danger ?? false} loading={loading ?? false} size={small ? 'small' : 'middle'}>
        {label}
      </Button>
    </Popconfirm>
  );
}
