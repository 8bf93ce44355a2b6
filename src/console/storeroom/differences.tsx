import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { ChoiceField, Field } from '../parts/filters.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Pager } from '../parts/pager.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Section } from '../parts/section.tsx';
import { DifferenceRow, type Draft } from './difference-row.tsx';
import { PostStocktake } from './post-stocktake.tsx';
import { useProgress } from './stocktake-progress.tsx';
import { DIFFERENCE_KINDS, DIFFERENCE_REASONS, type DifferenceReason, type Stocktake } from './words.ts';

const route = getRouteApi('/storeroom/stocktakes/$id');

interface Decided {
  readonly decisions: readonly (Draft & { readonly differenceId: string })[];
  readonly rest?: { readonly reason: DifferenceReason };
}

/** In what the count differs from the register; in review what is done about each is decided, then all of it is posted. */
export function Differences({ stocktake }: { readonly stocktake: Stocktake }) {
  const { t } = useTranslation('storeroom');
  const can = useCan();
  const { kind, after } = route.useSearch();
  const navigate = useNavigate({ from: '/storeroom/stocktakes/$id' });
  const { id, version, state } = stocktake;
  const differences = $api.useQuery('get', '/stocktakes/{id}/differences', {
    params: { path: { id }, query: stated({ kind, after }) },
  });
  const [drafts, setDrafts] = useState<Readonly<Record<string, Draft>>>({});
  const { write, isPending, problem } = useWrite(({ decisions, rest }: Decided, headers) =>
    api.POST('/stocktakes/{id}/decisions', {
      params: { path: { id }, header: { ...headers, ...ifMatch(version) } },
      body: { decisions: [...decisions], ...(rest ? { rest } : {}) },
    }),
  );
  const mayDecide = state === 'review' && can('stocktake.operate');
  const mine = Object.entries(drafts).map(([differenceId, draft]) => ({ differenceId, ...draft }));
  const decide = (rest?: Decided['rest']) =>
    void write({ decisions: mine, ...(rest ? { rest } : {}) }).then(
      () => setDrafts({}),
      () => undefined,
    );
  return (
    <Section title={t('differences.title')}>
      {state === 'cancelled' ? <p className="sub">{t('differences.cancelled')}</p> : null}
      <search className="filters">
        <ChoiceField
          label={t('differences.kind')}
          all={t('all')}
          value={kind}
          options={DIFFERENCE_KINDS.map((value) => ({ value, label: t(`differenceKind.${value}`) }))}
          onChoose={(chosen) => void navigate({ search: { kind: chosen } })}
        />
      </search>
      <Loaded query={differences}>
        {({ items, next }) => (
          <>
            {items.length === 0 ? <NothingHere text={t(kind ? 'noneFits' : 'differences.none')} /> : null}
            <ul className="plain-list">
              {items.map((difference) => (
                <DifferenceRow
                  key={difference.id}
                  difference={difference}
                  draft={drafts[difference.id]}
                  onDraft={mayDecide ? (draft) => setDrafts({ ...drafts, [difference.id]: draft }) : undefined}
                />
              ))}
            </ul>
            <Pager
              after={after}
              next={next}
              onPage={(page) => void navigate({ search: (before) => ({ ...before, after: page }) })}
            />
          </>
        )}
      </Loaded>
      <ProblemAlert error={problem} />
      {mayDecide ? (
        <div className="decide-foot">
          <Button disabled={mine.length === 0} loading={isPending} onClick={() => decide()}>
            {t('differences.save', { count: mine.length })}
          </Button>
          <Rest id={id} isPending={isPending} onDecide={(reason) => decide({ reason })} />
        </div>
      ) : null}
      {state === 'review' && can('stocktake.post') ? (
        <PostStocktake stocktake={stocktake} unsaved={mine.length} />
      ) : null}
    </Section>
  );
}

interface RestProps {
  readonly id: string;
  readonly isPending: boolean;
  readonly onDecide: (reason: DifferenceReason) => void;
}

/** Accepts what is proposed for everything that is not decided, for one reason. */
function Rest({ id, isPending, onDecide }: RestProps) {
  const { t } = useTranslation('storeroom');
  const undecided = useProgress(id, true).data?.undecided ?? 0;
  const [reason, setReason] = useState<DifferenceReason>('unexplained');
  if (undecided === 0) return null;
  return (
    <>
      <Field label={t('differences.restReason')}>
        {(field) => (
          <Select<DifferenceReason>
            id={field}
            value={reason}
            options={DIFFERENCE_REASONS.map((value) => ({ value, label: t(`differenceReason.${value}`) }))}
            onChange={setReason}
          />
        )}
      </Field>
      <Button loading={isPending} onClick={() => onDecide(reason)}>
        {t('differences.rest', { count: undecided })}
      </Button>
    </>
  );
}
