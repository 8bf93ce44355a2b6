import { useTranslation } from 'react-i18next';
import { Page } from '../parts/page.tsx';

export function BackupsPage() {
  const { t } = useTranslation('backups');
  return <Page title={t('title')}>{null}</Page>;
}
