import { useTranslation } from 'react-i18next';
import { Page } from '../parts/page.tsx';

export function ServicesPage() {
  const { t } = useTranslation('services');
  return <Page title={t('title')}>{null}</Page>;
}
