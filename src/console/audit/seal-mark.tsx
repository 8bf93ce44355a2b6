import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';

/** The seal that covers an entry, or that none does yet. */
export function SealMark({ seq }: { readonly seq: string | null }) {
  const { t } = useTranslation('audit');
  return seq === null ? <Mark tone="busy">{t('unsealed')}</Mark> : <Mark tone="good">{t('sealed', { seq })}</Mark>;
}
