import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ReasonButton } from '../parts/reason-button.tsx';
import { KitCount } from './kit-picker.tsx';
import { SparesPage } from './spares-page.tsx';
import type { Kit } from './words.ts';

const route = getRouteApi('/spares/kits');

/** As many kits as are counted at once: each count looks at the pools of all its lines. */
const KITS_SHOWN = 20;

/** The kits, each with how many of it can go out now and what the next one lacks. */
export function KitsPage() {
  const { t } = useTranslation('spares');
  const { after } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/kits' });
  const can = useCan();
  const kits = $api.useQuery('get', '/kits', { params: { query: stated({ after, limit: KITS_SHOWN }) } });
  const columns: TableColumnsType<Kit> = [
    {
      title: t('parts.name'),
      key: 'name',
      render: (_, { id, name, note }) => (
        <>
          {can('inventory.write') ? (
            <Link to="/spares/kits/$id/edit" params={{ id }}>
              {name}
            </Link>
          ) : (
            name
          )}
          {note ? <div className="sub">{note}</div> : null}
        </>
      ),
    },
    {
      title: t('kits.lines'),
      key: 'lines',
      render: (_, { lines }) => (
        <ul className="plain-list">
          {lines.map((line) => (
            <li key={`${line.kind} ${line.id}`}>
              {line.quantity} × {line.name}
            </li>
          ))}
        </ul>
      ),
    },
    {
      title: t('kits.now'),
      key: 'now',
      render: (_, { id }) => (
        <div className="kit-now">
          <KitCount id={id} />
        </div>
      ),
    },
    {
      key: 'acts',
      title: <span className="visually-hidden">{t('act.title')}</span>,
      render: (_, kit) => <KitActs kit={kit} />,
    },
  ];
  return (
    <SparesPage
      title={t('kits.title')}
      actions={
        can('inventory.write') ? (
          <LinkButton isPrimary to="/spares/kits/new">
            {t('kits.new')}
          </LinkButton>
        ) : null
      }
    >
      <KeyedTable
        query={kits}
        columns={columns}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: { after: next } })}
        empty={<NothingHere text={t('kits.none')} />}
        label={t('kits.title')}
      />
    </SparesPage>
  );
}

function KitActs({ kit: { id, version } }: { readonly kit: Kit }) {
  const { t } = useTranslation(['spares', 'parts']);
  const can = useCan();
  const retire = useWrite((reason: string, header) =>
    api.POST('/kits/{id}/retire', {
      body: { reason },
      params: { path: { id }, header: { ...header, ...ifMatch(version) } },
    }),
  );
  if (!can('inventory.write')) return null;
  return (
    <div className="row-actions">
      <LinkButton size="small" to="/spares/kits/$id/edit" params={{ id }}>
        {t('parts:form.edit')}
      </LinkButton>
      <ReasonButton
        small
        danger
        label={t('parts:form.retire')}
        text={t('spares:kits.retireText')}
        write={retire}
        onConfirm={(reason) => retire.write(reason)}
      />
    </div>
  );
}
