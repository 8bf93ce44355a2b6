import { useTranslation } from 'react-i18next';
import { Page } from '../parts/page.tsx';

export function SparesPage() {
  const { t } = useTranslation('spares');
  return <Page title={t('title')}>{null}</Page>;
}
