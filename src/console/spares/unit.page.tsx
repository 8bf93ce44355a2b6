import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api, API_ROOT } from '../api/client.ts';
import { useCan } from '../app/session.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { UnitMark } from './marks.tsx';
import { SparesPage } from './spares-page.tsx';
import { UnitActions } from './unit-actions.tsx';
import { UnitAllocations, UnitMovements, UnitTests } from './unit-lists.tsx';
import type { LISTS_OF_UNIT, Unit } from './words.ts';

const route = getRouteApi('/spares/units/$id');

/** One unit: how it stands, where it is, its label, and its history. */
export function UnitPage() {
  const { id } = route.useParams();
  const unit = $api.useQuery('get', '/units/{id}', { params: { path: { id } } });
  return <Loaded query={unit}>{(found) => <Shown unit={found} />}</Loaded>;
}

function Shown({ unit }: { readonly unit: Unit }) {
  const { t } = useTranslation('spares');
  return (
    <SparesPage title={`${unit.serial} · ${unit.part.partNumber}`} actions={<UnitActions unit={unit} />}>
      <Section title={t('unit.facts')}>
        <UnitFacts unit={unit} />
      </Section>
      <Label unit={unit} />
      <Section title={t('unit.history')}>
        <UnitTabs unit={unit} />
      </Section>
    </SparesPage>
  );
}

function UnitFacts({ unit }: { readonly unit: Unit }) {
  const { t } = useTranslation('spares');
  const { part, location, deployedService } = unit;
  return (
    <Facts
      facts={[
        [t('state'), <UnitMark key="state" unit={unit} />],
        [
          t('part.title'),
          <Link key="part" to="/spares/parts/$id" params={{ id: part.id }}>
            {part.partNumber} · {part.name}
          </Link>,
        ],
        [
          t('unit.assetTag'),
          unit.assetTag ? (
            <span key="tag" className="code">
              {unit.assetTag}
            </span>
          ) : null,
        ],
        [
          t('place'),
          location ? (
            <Link key="place" to="/spares/locations" search={{ at: location.id }} className="code">
              {location.path}
            </Link>
          ) : null,
        ],
        [
          t('unit.service'),
          deployedService ? (
            <Link key="service" to="/services">
              {deployedService.name}
            </Link>
          ) : null,
        ],
        [t('unit.condition'), t(`unitCondition.${unit.condition}`)],
        [t('unit.lastTest'), unit.lastTestedAt ? <Moment key="tested" at={unit.lastTestedAt} /> : null],
        [t('unit.testDue'), unit.testDueOn],
        [t('stock.expiresOn'), unit.expiresOn],
        [t('unit.warranty'), unit.warrantyUntil],
        [t('unit.supplier'), unit.supplier],
        [t('unit.firmware'), unit.firmware],
        [t('unit.lastSeen'), unit.lastSeenAt ? <Moment key="seen" at={unit.lastSeenAt} /> : null],
        [t('note'), unit.note],
      ]}
    />
  );
}

function Label({ unit }: { readonly unit: Unit }) {
  const { t } = useTranslation('spares');
  return (
    <Section title={t('label.title')}>
      <div className="label-sheet">
        <img src={`${API_ROOT}/units/${unit.id}/label.svg`} alt={t('label.alt', { serial: unit.serial })} />
        <ul>
          <li>
            <Link to="/storeroom/labels" search={{ ids: unit.id }}>
              {t('label.sheet')}
            </Link>
          </li>
          <li>
            <a href={`${API_ROOT}/units/${unit.id}/label.svg`} target="_blank" rel="noreferrer">
              {t('label.single')}
            </a>
          </li>
          <li>
            <a href={`${API_ROOT}/units/${unit.id}/label.svg?symbology=code128`} target="_blank" rel="noreferrer">
              {t('label.bars')}
            </a>
          </li>
        </ul>
      </div>
    </Section>
  );
}

function UnitTabs({ unit }: { readonly unit: Unit }) {
  const { t } = useTranslation('spares');
  const can = useCan();
  const { list = 'movements' } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/units/$id' });
  return (
    <Tabs
      activeKey={list}
      destroyOnHidden
      onChange={(key) => void navigate({ search: { list: key as (typeof LISTS_OF_UNIT)[number] } })}
      items={[
        { key: 'movements', label: t('part.movements'), children: <UnitMovements unit={unit} /> },
        ...(can('allocation.read')
          ? [{ key: 'allocations', label: t('unit.allocations'), children: <UnitAllocations unit={unit} /> }]
          : []),
        { key: 'tests', label: t('unit.tests'), children: <UnitTests unit={unit} /> },
      ]}
    />
  );
}
