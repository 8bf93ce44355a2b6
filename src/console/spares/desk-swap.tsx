import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import { useWrite } from '../api/use-write.ts';
import { Mark } from '../parts/mark.tsx';
import { Section } from '../parts/section.tsx';
import { BasketList } from './basket-list.tsx';
import { returnEntry, spokenReason, swapCheckout } from './desk.ts';
import { DeskRefusal } from './desk-refusal.tsx';
import { useReturn } from './desk-return.tsx';
import { Done } from './desk-take.tsx';
import { ReturnRow } from './return-row.tsx';
import type { DeskHandle } from './use-desk.ts';
import type { Scans } from './use-scans.ts';
import type { Outcome } from './words.ts';

interface DeskSwapProps {
  readonly handle: DeskHandle;
  readonly scans: Scans;
}

/**
 * One thing comes back and another goes out to the same holder, for the same purpose and due date. The API has no single act
 * for it: first the return, then the check-out. Where only the first was done, the page says so and keeps the second.
 */
export function DeskSwap({ handle, scans }: DeskSwapProps) {
  const { t } = useTranslation('spares');
  const { desk, change } = handle;
  const { back, take, isBack } = desk.swap;
  const { swap, done, problem, isPending } = useSwap(handle, scans);
  const isWaiting = !isPending && Object.keys(desk.attempts).some((name) => name.startsWith('swap'));
  return (
    <>
      {done ? <Done outcome={done} /> : null}
      <Section title={t('swap.back')}>
        {back && !isBack ? (
          <ul className="plain-list">
            <ReturnRow
              line={back}
              onChange={(line) => change({ swap: line ? { ...desk.swap, back: line } : { isBack: false } })}
            />
          </ul>
        ) : null}
        {back && isBack ? (
          <p>
            <Mark tone="good">{t('lineState.returned')}</Mark> {t('swap.isBack', { what: back.what })}
          </p>
        ) : null}
        {back ? null : <p className="sub">{t('swap.scanBack')}</p>}
      </Section>
      <Section title={t('swap.take')}>
        {take ? (
          <BasketList
            basket={[take]}
            problem={problem}
            onChange={([line]) => change({ swap: { ...desk.swap, take: line } })}
          />
        ) : (
          <p className="sub">{t('swap.scanTake')}</p>
        )}
        <DeskRefusal problem={problem} isWaiting={isWaiting} />
        <div className="row-actions act-foot">
          <Button type="primary" size="large" loading={isPending} disabled={!back || !take} onClick={() => void swap()}>
            {isBack ? t('swap.takeOnly') : t('swap.do')}
          </Button>
          {back ? (
            <Button size="large" disabled={isPending} onClick={() => change({ swap: { isBack: false } })}>
              {isBack ? t('swap.leave') : t('desk.empty')}
            </Button>
          ) : null}
        </div>
      </Section>
    </>
  );
}

/** Carries a swap out, or what is left of it. */
function useSwap({ desk, change, sendOnce }: DeskHandle, scans: Scans) {
  const { t } = useTranslation('spares');
  const [done, setDone] = useState<Outcome>();
  const back = useReturn();
  const out = useWrite(
    ({ key, body }: { readonly key: string; readonly body: ReturnType<typeof swapCheckout> }, headers) =>
      api.POST('/checkouts', { params: { header: { ...headers, 'Idempotency-Key': key } }, body }),
  );

  async function swap(): Promise<void> {
    const { back: line, take, isBack } = desk.swap;
    if (!line || !take) return;
    let returned = isBack;
    try {
      const { id } = line.allocation;
      if (!returned) {
        const body = { lines: [returnEntry(line, undefined)] };
        await sendOnce('swap back', body, (key) => back.write({ id, body, key }));
        returned = true;
        change({ swap: { back: line, take, isBack: true } });
      }
      // The check-out that it comes from says who has it, what for, and until when.
      const { data } = await api.GET('/checkouts/{id}', { params: { path: { id } } });
      if (!data) return;
      const body = swapCheckout(data, line.lineId, take, new Date());
      const outcome = await sendOnce('swap out', body, (key) => out.write({ key, body }));
      setDone(outcome);
      change({ swap: { isBack: false } });
      const { code, holder } = outcome.allocation;
      scans.tell({ tone: 'good', text: t('swap.told.done', { what: line.what, code, who: holder.name }) });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const how = returned ? 'swap.told.half' : 'swap.told.nothing';
      const text = error.isUnreachable
        ? t('desk.noAnswer')
        : t(how, { what: line.what, why: spokenReason(error.message, error.problem?.fields ?? []) ?? '' });
      scans.tell({ tone: 'bad', text });
    }
  }
  return { swap, done, problem: back.problem ?? out.problem, isPending: back.isPending || out.isPending };
}
