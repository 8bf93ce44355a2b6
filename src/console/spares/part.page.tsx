import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Section } from '../parts/section.tsx';
import { PartActions } from './part-actions.tsx';
import { PartAvailability } from './part-availability.tsx';
import { PartFits, PartSubstitutes } from './part-fits.tsx';
import { PartMovements, PartStock, PartUnits } from './part-lists.tsx';
import { SparesPage } from './spares-page.tsx';
import type { LISTS_OF_PART, Part } from './words.ts';

const route = getRouteApi('/spares/parts/$id');

/** One part: what there is of it and where, what it serves for, and what happened to it. */
export function PartPage() {
  const { id } = route.useParams();
  const part = $api.useQuery('get', '/parts/{id}', { params: { path: { id } } });
  return <Loaded query={part}>{(found) => <Shown part={found} />}</Loaded>;
}

function Shown({ part }: { readonly part: Part }) {
  const { t } = useTranslation('spares');
  return (
    <SparesPage title={`${part.partNumber} · ${part.name}`} actions={<PartActions part={part} />}>
      <PartAvailability part={part} />
      <Section title={t('part.more')}>
        <PartTabs part={part} />
      </Section>
      <PartFacts part={part} />
    </SparesPage>
  );
}

function PartFacts({ part }: { readonly part: Part }) {
  const { t } = useTranslation('spares');
  const days = (count: number | null) => (count === null ? null : t('days', { count }));
  return (
    <Section title={t('part.facts')}>
      <Facts
        facts={[
          [t('parts.manufacturer'), part.manufacturer],
          [t('parts.category'), part.category.name],
          [t('parts.tracking'), t(`tracking.${part.tracking}`)],
          [t('parts.owner'), part.owner?.name ?? null],
          [t('part.unitOfMeasure'), part.unitOfMeasure],
          ...Object.entries(part.custom).map(([key, value]) => [key, String(value)] as const),
          [t('parts.reserve'), part.emergencyReserve],
          [
            t('part.localReserve'),
            part.locationReserves.length > 0
              ? part.locationReserves.map(({ location, quantity }) => `${location.code}: ${quantity}`).join(', ')
              : null,
          ],
          [t('parts.reorderPoint'), part.reorderPoint],
          [t('part.reorderQuantity'), part.reorderQuantity],
          [t('part.leadTime'), days(part.leadTimeDays)],
          [t('part.shelfLife'), days(part.shelfLifeDays)],
          [t('part.testInterval'), days(part.testIntervalDays)],
          [t('part.unitCost'), part.unitCost === null ? null : `${part.unitCost} ${part.currency ?? ''}`],
          [t('part.retired'), part.retired?.reason ?? null],
        ]}
      />
    </Section>
  );
}

function PartTabs({ part }: { readonly part: Part }) {
  const { t } = useTranslation('spares');
  const { list } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/parts/$id' });
  const pieces =
    part.tracking === 'serial'
      ? { key: 'units', label: t('part.units'), children: <PartUnits part={part} /> }
      : { key: 'stock', label: t('part.stock'), children: <PartStock part={part} /> };
  return (
    <Tabs
      activeKey={list ?? pieces.key}
      destroyOnHidden
      onChange={(key) => void navigate({ search: { list: key as (typeof LISTS_OF_PART)[number] } })}
      items={[
        pieces,
        { key: 'fits', label: t('part.fits'), children: <PartFits part={part} /> },
        { key: 'substitutes', label: t('part.substitutes'), children: <PartSubstitutes part={part} /> },
        { key: 'movements', label: t('part.movements'), children: <PartMovements part={part} /> },
      ]}
    />
  );
}
