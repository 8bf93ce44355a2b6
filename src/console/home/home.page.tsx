import { useTranslation } from 'react-i18next';
import { useCan } from '../app/session.ts';
import { Page } from '../parts/page.tsx';
import './home.css';
import { MusterCard } from './muster-card.tsx';
import { ServiceList } from './service-list.tsx';
import { SummaryHead } from './summary-head.tsx';

/** What people open every morning: which services could be recovered now, what is open, and how Muster itself stands. */
export function HomePage() {
  const { t } = useTranslation('home');
  const can = useCan();
  return (
    <Page title={t('title')}>
      {can('service.read') ? (
        <>
          <SummaryHead />
          <ServiceList />
        </>
      ) : null}
      {can('system.read') ? <MusterCard /> : null}
    </Page>
  );
}
