import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Loaded } from '../parts/loaded.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Pager } from '../parts/pager.tsx';
import { REFRESH_MS, type Readiness } from '../readiness/readiness.ts';
import { ServiceCard } from '../readiness/service-card.tsx';

const route = getRouteApi('/');

/** Services on one page of the list. */
const LIMIT = 20;

/** The services, the worst loss first, each with what the answer about it rests on. */
export function ServiceList() {
  const { t } = useTranslation('home');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { conclusion, criticality, after } = search;
  const query = $api.useQuery(
    'get',
    '/readiness',
    {
      params: {
        query: {
          limit: LIMIT,
          ...(conclusion ? { conclusion } : {}),
          ...(criticality ? { criticality } : {}),
          ...(after ? { after } : {}),
        },
      },
    },
    { refetchInterval: REFRESH_MS },
  );
  return (
    <section aria-label={t('services')}>
      <div className="list-head">
        <h2>{t('services')}</h2>
        <Filters />
      </div>
      <Loaded query={query}>
        {({ items, next }) => (
          <>
            <Cards items={items} isFiltered={conclusion !== undefined || criticality !== undefined} />
            <Pager after={after} next={next} onPage={(page) => void navigate({ search: { ...search, after: page } })} />
          </>
        )}
      </Loaded>
    </section>
  );
}

const CONCLUSIONS = ['ready', 'not-ready', 'not-assessed'] as const;
const CRITICALITIES = ['emergency', 'important', 'general'] as const;

function Filters() {
  const { t } = useTranslation(['home', 'readiness']);
  const { conclusion, criticality } = route.useSearch();
  return (
    <div className="list-choices no-print">
      <FilterLinks label={t('home:filter.label')}>
        <FilterLink search={{ conclusion: undefined, criticality }} isChosen={conclusion === undefined}>
          {t('home:filter.all')}
        </FilterLink>
        {CONCLUSIONS.map((one) => (
          <FilterLink key={one} search={{ conclusion: one, criticality }} isChosen={conclusion === one}>
            {t(`readiness:conclusion.${one}`)}
          </FilterLink>
        ))}
      </FilterLinks>
      <FilterLinks label={t('home:filter.criticality')}>
        <FilterLink search={{ conclusion, criticality: undefined }} isChosen={criticality === undefined}>
          {t('home:filter.anyCriticality')}
        </FilterLink>
        {CRITICALITIES.map((one) => (
          <FilterLink key={one} search={{ conclusion, criticality: one }} isChosen={criticality === one}>
            {t(`readiness:severity.${one}`)}
          </FilterLink>
        ))}
      </FilterLinks>
    </div>
  );
}

function FilterLinks({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <nav className="filter" aria-label={label}>
      {children}
    </nav>
  );
}

interface FilterLinkProps {
  readonly search: ReturnType<typeof route.useSearch>;
  readonly isChosen: boolean;
  readonly children: ReactNode;
}

function FilterLink({ search, isChosen, children }: FilterLinkProps) {
  return (
    <Link to="/" search={search} className={isChosen ? 'chosen' : ''} aria-current={isChosen ? 'true' : undefined}>
      {children}
    </Link>
  );
}

function Cards({ items, isFiltered }: { readonly items: readonly Readiness[]; readonly isFiltered: boolean }) {
  const { t } = useTranslation('home');
  if (items.length > 0) return items.map((one) => <ServiceCard key={one.service.id} readiness={one} />);
  if (isFiltered) {
    return (
      <NothingHere text={t('empty.filtered')}>
        <Link to="/">{t('empty.all')}</Link>
      </NothingHere>
    );
  }
  return (
    <NothingHere text={t('empty.none')}>
      <a href="/api/docs#createService">{t('empty.how')}</a>
    </NothingHere>
  );
}
