import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Bullet } from '../parts/bullet.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { ClockState } from './clock-state.tsx';
import type { Clock, Incident } from './incident-data.ts';
import { Span } from './marks.tsx';

const ANEW_MS = 30_000;

/** Its clocks, those that run and run out first foremost; each leads to how it comes to its figures. */
export function IncidentClocks({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation('incidents');
  const query = $api.useQuery(
    'get',
    '/sla-clocks',
    { params: { query: { subject: incident.number, state: 'all', limit: 100 } } },
    { refetchInterval: incident.stage === 'closed' ? false : ANEW_MS },
  );
  return (
    <Loaded query={query}>
      {({ items }) =>
        items.length === 0 ? (
          <p className="sub">{t('clocks.none')}</p>
        ) : (
          <ul className="clocks">
            {items.toSorted(byPressure).map((clock) => (
              <ClockRow key={clock.id} clock={clock} />
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

const rank = ({ state }: Clock) => ({ running: 0, paused: 1, stopped: 2 })[state];

/** What runs comes before what stands still, and that before what is over; then what is due first. */
function byPressure(one: Clock, other: Clock): number {
  return rank(one) - rank(other) || Date.parse(one.dueAt) - Date.parse(other.dueAt);
}

function ClockRow({ clock }: { readonly clock: Clock }) {
  const { t } = useTranslation('incidents');
  const { id, kind, dueAt, isProvisional, consumedSeconds, allottedSeconds, openPauseRequestId } = clock;
  return (
    <li>
      <div className="clock-head">
        <Link to="/incidents/clocks/$id" params={{ id }}>
          {t(`clock.${kind}`)}
        </Link>
        <ClockState clock={clock} />
        {openPauseRequestId ? <Mark tone="warn">{t('pause.waits')}</Mark> : null}
      </div>
      <Bullet value={consumedSeconds} target={allottedSeconds} />
      <div className="sub">
        {t('clocks.used')} <Span seconds={consumedSeconds} /> {t('clocks.of')} <Span seconds={allottedSeconds} /> ·{' '}
        {t('due.at')} <Moment at={dueAt} />
        {isProvisional ? ` (${t('due.provisional')})` : null}
      </div>
    </li>
  );
}
