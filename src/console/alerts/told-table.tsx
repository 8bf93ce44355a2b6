import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import type { paths } from '../api/api.generated.d.ts';
import { $api } from '../api/client.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { useReachableTable } from '../parts/use-reachable-table.ts';
import { type Alert, REFRESH_MS } from './alert-data.ts';

type Firing = paths['/alerts/{id}/firings']['get']['responses'][200]['content']['application/json']['items'][number];

/** Who was told of an alert, and when; also where nobody was found. */
export function ToldTable({ alert }: { readonly alert: Alert }) {
  const { t } = useTranslation('alerts');
  const around = useReachableTable();
  const params = { path: { id: alert.id }, query: { limit: 100 } };
  const query = $api.useQuery('get', '/alerts/{id}/firings', { params }, { refetchInterval: REFRESH_MS });
  return (
    <Section title={t('told.title')}>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <p>{t('told.none')}</p>
          ) : (
            <section ref={around} aria-label={t('told.title')}>
              <Table<Firing>
                size="small"
                dataSource={items}
                rowKey={({ id }) => id}
                pagination={false}
                scroll={{ x: 'max-content' }}
                columns={[
                  { title: t('told.at'), render: (_, { doneAt }) => <Moment at={doneAt} /> },
                  { title: t('told.rung'), render: (_, firing) => <Rung firing={firing} /> },
                  { title: t('told.who'), render: (_, firing) => <Who firing={firing} /> },
                ]}
              />
            </section>
          )
        }
      </Loaded>
    </Section>
  );
}

function Rung({ firing }: { readonly firing: Firing }) {
  const { t } = useTranslation('alerts');
  const { rung, repeat, level, late } = firing;
  return (
    <>
      {t('told.rungOf', { rung, level })}
      {repeat === null ? ` · ${t('told.reminder')}` : repeat > 0 ? ` · ${t('told.repeat', { count: repeat })}` : null}
      {late ? (
        <div>
          <Mark tone="warn">{t('told.late')}</Mark>
        </div>
      ) : null}
    </>
  );
}

function Who({ firing }: { readonly firing: Firing }) {
  const { t } = useTranslation('alerts');
  const { state, nobody, missing, told } = firing;
  if (state !== 'told') return <Mark tone="quiet">{t(`told.${state}`)}</Mark>;
  return (
    <>
      {nobody ? <Mark tone="bad">{t('told.nobody')}</Mark> : null}
      <ul className="plain">
        {told.map(({ id, name, because, readAt }) => (
          <li key={id}>
            {name} <span className="quiet">({because})</span>
            {readAt ? (
              <>
                {' '}
                · {t('told.read')} <Moment at={readAt} />
              </>
            ) : null}
          </li>
        ))}
        {missing.map((why) => (
          <li key={why} className="quiet">
            {why}
          </li>
        ))}
      </ul>
    </>
  );
}
