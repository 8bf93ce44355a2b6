import { Link } from '@tanstack/react-router';
import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { formatCount } from '../parts/format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Section } from '../parts/section.tsx';
import type { Part } from './words.ts';
import '../parts/figures.css';

/** How much of a part there is now, how much of that can be had, and at which places it lies. */
export function PartAvailability({ part }: { readonly part: Part }) {
  const { t } = useTranslation('spares');
  const { language } = usePreferences();
  const query = $api.useQuery('get', '/parts/{id}/availability', { params: { path: { id: part.id } } });
  const count = (number: number) => formatCount(number, language);
  return (
    <Section title={t('availability.title')}>
      <Loaded query={query}>
        {({ onHand, usable, held, issued, overdue, reserve, freeWithoutReserve, unusable, places }) => {
          const kept = [
            ['inRepair', unusable.inRepair],
            ['quarantined', unusable.quarantined],
            ['untested', unusable.untested],
            ['expired', unusable.expired],
          ] as const;
          const reasons = kept.filter(([, pieces]) => pieces > 0);
          return (
            <>
              <dl className="figures">
                <Figure term={t('availability.available')} value={count(freeWithoutReserve)} isMain />
                <Figure term={t('availability.onHand')} value={count(onHand)} />
                <Figure term={t('availability.usable')} value={count(usable)} />
                <Figure term={t('availability.held')} value={count(held)} />
                <Figure term={t('availability.reserve')} value={count(reserve)} />
                <Figure term={t('availability.issued')} value={count(issued)} />
              </dl>
              {overdue > 0 ? <p>{t('availability.overdue', { pieces: count(overdue) })}</p> : null}
              {reasons.length > 0 ? (
                <p>
                  {t('availability.unusable')}{' '}
                  {reasons.map(([reason, pieces]) => `${count(pieces)} ${t(`availability.${reason}`)}`).join(', ')}
                </p>
              ) : null}
              <Table
                size="small"
                pagination={false}
                scroll={{ x: 'max-content' }}
                rowKey={({ location }) => location.id}
                dataSource={places}
                locale={{ emptyText: <NothingHere text={t('availability.nowhere')} /> }}
                columns={[
                  {
                    title: t('place'),
                    key: 'place',
                    render: (_, { location }) => (
                      <Link to="/spares/locations" search={{ at: location.id }} className="code">
                        {location.code}
                      </Link>
                    ),
                  },
                  { title: t('availability.onHand'), align: 'right', key: 'h', render: (_, row) => count(row.onHand) },
                  { title: t('availability.usable'), align: 'right', key: 'u', render: (_, row) => count(row.usable) },
                  {
                    title: t('availability.available'),
                    align: 'right',
                    key: 'a',
                    render: (_, row) => count(row.freeWithoutReserve),
                  },
                ]}
              />
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}

function Figure({
  term,
  value,
  isMain = false,
}: {
  readonly term: string;
  readonly value: string;
  readonly isMain?: boolean;
}) {
  return (
    <div className={isMain ? 'main' : undefined}>
      <dt>{term}</dt>
      <dd>{value}</dd>
    </div>
  );
}
