import { useTranslation } from 'react-i18next';
import { Page } from '../parts/page.tsx';

export function DrillsPage() {
  const { t } = useTranslation('drills');
  return <Page title={t('title')}>{null}</Page>;
}
