import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { AreaPage } from '../parts/area-page.tsx';

interface IncidentsPageProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page of the area, under the links to its places. */
export function IncidentsAreaPage({ title, actions, children }: IncidentsPageProps) {
  const { t } = useTranslation('incidents');
  const places = [
    { to: '/incidents', text: t('nav.incidents') },
    { to: '/incidents/reviews', text: t('nav.reviews') },
    { to: '/incidents/actions', text: t('nav.actions') },
    { to: '/incidents/attainment', text: t('nav.attainment') },
    { to: '/incidents/process-reviews', text: t('nav.process') },
  ] as const;
  return (
    <AreaPage area={t('title')} places={places} title={title} actions={actions}>
      {children}
    </AreaPage>
  );
}
