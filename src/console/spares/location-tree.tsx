import { CaretDownOutlined, CaretRightOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { formatCount } from '../parts/format.ts';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Waiting } from '../parts/waiting.tsx';

interface Contents {
  readonly units: { readonly inStock: number; readonly quarantined: number };
  readonly stock: { readonly usable: number; readonly quarantined: number };
}

interface Step {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly kind: 'site' | 'room' | 'rack' | 'bin';
}

interface TreeProps {
  /** The location whose contents are shown. */
  readonly chosen: string | undefined;
  /** The way to it, from its site: what stands open at first. */
  readonly way: readonly string[];
}

/** All sites, each with everything in it, opened step by step. What is inside is read when it is opened. */
export function LocationTree({ chosen, way }: TreeProps) {
  const { t } = useTranslation('spares');
  const sites = $api.useInfiniteQuery(
    'get',
    '/locations',
    { params: { query: { kind: 'site', limit: 50 } } },
    { pageParamName: 'after', initialPageParam: null, getNextPageParam: ({ next }) => next ?? undefined },
  );
  const rows = sites.data?.pages.flatMap(({ items }) => items) ?? [];
  if (sites.data && rows.length === 0) return <NothingHere text={t('locations.none')} />;
  return (
    <>
      <ProblemAlert error={sites.error} onRetry={() => void sites.refetch()} />
      {sites.isPending ? <Waiting /> : null}
      <ul className="tree">
        {rows.map((site) => (
          <Node key={site.id} step={site} chosen={chosen} way={way} />
        ))}
      </ul>
      {sites.hasNextPage ? <Button onClick={() => void sites.fetchNextPage()}>{t('more')}</Button> : null}
    </>
  );
}

interface NodeProps extends TreeProps {
  readonly step: Step;
  /** What is in it; a site brings none, and reads it itself. */
  readonly contents?: Contents;
}

function Node({ step, contents, chosen, way }: NodeProps) {
  const { t } = useTranslation('spares');
  const onWay = way.includes(step.id) && step.id !== way.at(-1);
  const [open, setOpen] = useState(onWay);
  useEffect(() => {
    if (onWay) setOpen(true);
  }, [onWay]);
  const inside = useId();
  const Caret = open ? CaretDownOutlined : CaretRightOutlined;
  return (
    <li>
      <div className="tree-row">
        {step.kind === 'bin' ? (
          <span className="tree-leaf" />
        ) : (
          <Button
            type="text"
            size="small"
            icon={<Caret />}
            aria-label={t('locations.inside', { code: step.code })}
            aria-expanded={open}
            aria-controls={open ? inside : undefined}
            onClick={() => setOpen(!open)}
          />
        )}
        <Link
          to="/spares/locations"
          search={{ at: step.id }}
          className="tree-name"
          activeProps={{}}
          aria-current={step.id === chosen ? 'true' : undefined}
        >
          <span className="code">{step.code}</span> {step.name}
        </Link>
        {contents ? <Totals contents={contents} /> : <SiteTotals id={step.id} />}
      </div>
      {open ? <Inside id={step.id} listId={inside} chosen={chosen} way={way} /> : null}
    </li>
  );
}

const useInside = (id: string) =>
  $api.useInfiniteQuery(
    'get',
    '/locations/{id}/totals',
    { params: { path: { id }, query: { limit: 50 } } },
    {
      pageParamName: 'after',
      initialPageParam: null,
      getNextPageParam: ({ children }) => children.next ?? undefined,
    },
  );

function SiteTotals({ id }: { readonly id: string }) {
  const total = useInside(id).data?.pages[0]?.total;
  return total ? <Totals contents={total} /> : null;
}

interface InsideProps extends TreeProps {
  readonly id: string;
  readonly listId: string;
}

function Inside({ id, listId, chosen, way }: InsideProps) {
  const { t } = useTranslation('spares');
  const inside = useInside(id);
  const rows = inside.data?.pages.flatMap(({ children }) => children.items) ?? [];
  return (
    <>
      <ProblemAlert error={inside.error} onRetry={() => void inside.refetch()} />
      <ul id={listId} className="tree">
        {rows.map(({ units, stock, ...child }) => (
          <Node key={child.id} step={child} contents={{ units, stock }} chosen={chosen} way={way} />
        ))}
        {inside.data && rows.length === 0 ? <li className="sub tree-empty">{t('locations.nothingInside')}</li> : null}
      </ul>
      {inside.hasNextPage ? <Button onClick={() => void inside.fetchNextPage()}>{t('more')}</Button> : null}
    </>
  );
}

/** What lies in a place with everything in it, in few words. */
function Totals({ contents: { units, stock } }: { readonly contents: Contents }) {
  const { t } = useTranslation('spares');
  const { language } = usePreferences();
  const quarantined = units.quarantined + stock.quarantined;
  return (
    <span className="tree-totals sub">
      {t('locations.totals', {
        units: formatCount(units.inStock, language),
        pieces: formatCount(stock.usable, language),
      })}
      {quarantined > 0 ? ` · ${t('locations.quarantined', { pieces: formatCount(quarantined, language) })}` : ''}
    </span>
  );
}
