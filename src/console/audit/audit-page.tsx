import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { AreaPage } from '../parts/area-page.tsx';

interface AuditPageProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

const PLACES = [
  { to: '/audit', text: 'nav.entries' },
  { to: '/audit/seals', text: 'nav.seals' },
] as const;

/** A page of the audit trail, under the links to all of them. */
export function AuditPage(page: AuditPageProps) {
  const { t } = useTranslation('audit');
  return <AreaPage area={t('title')} places={PLACES.map(({ to, text }) => ({ to, text: t(text) }))} {...page} />;
}
