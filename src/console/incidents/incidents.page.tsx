import { getRouteApi, Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCan } from '../app/session.ts';
import { Board } from './board.tsx';
import { IncidentFilters } from './incident-filters.tsx';
import { IncidentTable } from './incident-table.tsx';
import { IncidentsAreaPage } from './incidents-page.tsx';
import './incidents.css';

const route = getRouteApi('/incidents');

/** What was reported and is not over, by stage; or everything that ever was, as a table. */
export function IncidentsPage() {
  const { t } = useTranslation('incidents');
  const can = useCan();
  const navigate = route.useNavigate();
  const { view } = route.useSearch();
  return (
    <IncidentsAreaPage
      title={t('title')}
      actions={
        can('incident.operate') ? (
          <Button type="primary" onClick={() => void navigate({ to: '/incidents/new' })}>
            {t('receive.open')}
          </Button>
        ) : null
      }
    >
      <IncidentFilters />
      <p className="no-print">
        {view === 'table' ? (
          <Link to="/incidents" search={({ view: _, state: __, after: ___, ...kept }) => kept}>
            {t('view.board')}
          </Link>
        ) : (
          <Link
            to="/incidents"
            search={({ severity, service, team }) => ({
              view: 'table',
              severity,
              service,
              team: service ? undefined : team,
            })}
          >
            {t('view.table')}
          </Link>
        )}
      </p>
      {view === 'table' ? <IncidentTable /> : <Board />}
    </IncidentsAreaPage>
  );
}
