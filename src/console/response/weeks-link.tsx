import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

/** Shows four weeks instead of two, and the other way round. */
export function WeeksLink({ weeks }: { readonly weeks: '4' | undefined }) {
  const { t } = useTranslation('response');
  return (
    <Link to="." search={weeks === '4' ? {} : { weeks: '4' }}>
      {weeks === '4' ? t('onCall.two') : t('onCall.four')}
    </Link>
  );
}
