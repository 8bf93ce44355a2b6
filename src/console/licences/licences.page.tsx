import { useTranslation } from 'react-i18next';
import { Page } from '../parts/page.tsx';

export function LicencesPage() {
  const { t } = useTranslation('licences');
  return <Page title={t('title')}>{null}</Page>;
}
