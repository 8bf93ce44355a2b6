import { useTranslation } from 'react-i18next';
import type { paths } from '../api/api.generated.d.ts';
import { $api } from '../api/client.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { type Alert, REFRESH_MS } from './alert-data.ts';

type Firing = paths['/alerts/{id}/firings']['get']['responses'][200]['content']['application/json']['items'][number];

/** More than these, of all that was told of one alert, nobody reads here. */
const SHOWN_MAX = 100;

/** Who was told of an alert, and when, the newest first; also where nobody was found. */
export function ToldList({ alert }: { readonly alert: Alert }) {
  const { t } = useTranslation('alerts');
  const params = { path: { id: alert.id }, query: { limit: SHOWN_MAX } };
  const query = $api.useQuery('get', '/alerts/{id}/firings', { params }, { refetchInterval: REFRESH_MS });
  return (
    <Section title={t('told.title')}>
      <Loaded query={query}>
        {({ items, next }) => {
          const told = items.filter(({ state }) => state === 'told');
          return (
            <>
              {told.length === 0 ? <p>{t('told.none')}</p> : null}
              <ul className="told">
                {told.toReversed().map((firing) => (
                  <Told key={firing.id} firing={firing} />
                ))}
              </ul>
              {items.length > told.length ? (
                <p className="quiet">{t('told.leftOut', { count: items.length - told.length })}</p>
              ) : null}
              {next === null ? null : <p className="quiet">{t('told.more', { count: SHOWN_MAX })}</p>}
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}

function Told({ firing }: { readonly firing: Firing }) {
  const { t } = useTranslation('alerts');
  const { rung, repeat, level, late, doneAt, nobody, missing, told } = firing;
  return (
    <li>
      <div className="quiet">
        <Moment at={doneAt} /> · {t('told.rungOf', { rung, level })}
        {repeat === null ? ` · ${t('told.reminder')}` : repeat > 0 ? ` · ${t('told.repeat', { count: repeat })}` : null}{' '}
        {late ? <Mark tone="warn">{t('told.late')}</Mark> : null}
      </div>
      {nobody ? <Mark tone="bad">{t('told.nobody')}</Mark> : null}
      {told.map(({ id, name, because, readAt }) => (
        <div key={id}>
          {name} <span className="quiet">({because})</span>
          {readAt ? (
            <>
              {' · '}
              {t('told.read')} <Moment at={readAt} />
            </>
          ) : null}
        </div>
      ))}
      {missing.map((why) => (
        <div key={why} className="quiet">
          {why}
        </div>
      ))}
    </li>
  );
}
