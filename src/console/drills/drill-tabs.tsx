import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import './drills.css';

/** The pages of the area; which one is open is said by its link. */
export function DrillTabs() {
  const { t } = useTranslation('drills');
  return (
    <nav className="drill-tabs no-print" aria-label={t('tabs.label')}>
      <Link to="/drills" activeOptions={{ exact: true, includeSearch: false }}>
        {t('tabs.definitions')}
      </Link>
      <Link to="/drills/runs" activeOptions={{ exact: true, includeSearch: false }}>
        {t('tabs.runs')}
      </Link>
      <Link to="/drills/calendar" activeOptions={{ exact: true, includeSearch: false }}>
        {t('tabs.calendar')}
      </Link>
    </nav>
  );
}
