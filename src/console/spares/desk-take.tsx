import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import type { ProblemError } from '../api/problem.ts';
import { useWrite } from '../api/use-write.ts';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Section } from '../parts/section.tsx';
import { AllocationLink } from './allocation-link.tsx';
import { BasketList } from './basket-list.tsx';
import { checkoutOf, spokenReason } from './desk.ts';
import { DeskForm } from './desk-form.tsx';
import { DeskRefusal } from './desk-refusal.tsx';
import { KitPicker } from './kit-picker.tsx';
import type { DeskHandle } from './use-desk.ts';
import type { Scans } from './use-scans.ts';
import type { Outcome } from './words.ts';

interface DeskPartProps {
  readonly handle: DeskHandle;
  readonly scans: Scans;
}

/** Handing out: who gets it and what for, the basket, and one check-out for all of it. */
export function DeskTake({ handle, scans }: DeskPartProps) {
  const { t } = useTranslation('spares');
  const { desk, change, sendOnce } = handle;
  const [done, setDone] = useState<Outcome>();
  const body = checkoutOf(desk);
  const { write, isPending, problem, reset } = useWrite((key: string, headers) =>
    api.POST('/checkouts', {
      params: { header: { ...headers, 'Idempotency-Key': key } },
      // Only called with something in the basket and a holder.
      body: body as NonNullable<typeof body>,
    }),
  );
  const checkOut = () =>
    void sendOnce('take', body, write).then(
      (outcome) => {
        setDone(outcome);
        change({ basket: [], note: '', dueAt: '', reserveReason: '', reserveCase: '' });
        const { code, holder } = outcome.allocation;
        scans.tell({ tone: 'good', text: t('desk.told.out', { code, who: holder.name }) });
      },
      (error: ProblemError) => scans.tell({ tone: 'bad', text: told(error) }),
    );
  const told = ({ isUnreachable, problem: refusal, message }: ProblemError) => {
    if (isUnreachable) return t('desk.noAnswer');
    const why = spokenReason(message, refusal?.fields ?? []);
    return why === undefined ? t('desk.told.refusedLines') : t('desk.told.refused', { why });
  };
  const changed = (basket: typeof desk.basket) => {
    reset();
    change({ basket });
  };
  return (
    <>
      {done ? <Done outcome={done} /> : null}
      <div className="desk-columns">
        <Section title={t('desk.who')}>
          <DeskForm handle={handle} />
        </Section>
        <Section title={t('desk.basket')}>
          {desk.basket.length === 0 ? (
            <NothingHere text={t('desk.emptyBasket')} />
          ) : (
            <BasketList basket={desk.basket} problem={problem} onChange={changed} />
          )}
          <KitPicker onAdd={scans.take} />
          <DeskRefusal problem={problem} isWaiting={desk.attempts.take !== undefined && !isPending} />
          <div className="row-actions act-foot">
            <Button type="primary" size="large" disabled={!body} loading={isPending} onClick={checkOut}>
              {desk.basket.length > 0 ? t('desk.checkOut', { count: desk.basket.length }) : t('desk.mode.take')}
            </Button>
            {desk.basket.length > 0 ? (
              <Button size="large" disabled={isPending} onClick={() => changed([])}>
                {t('desk.empty')}
              </Button>
            ) : null}
          </div>
          {!body && desk.basket.length > 0 ? <p className="sub">{t('desk.chooseHolder')}</p> : null}
        </Section>
      </div>
    </>
  );
}

/** What was handed out last, and what was taken from others for it. */
export function Done({ outcome: { allocation, displaced, warnings } }: { readonly outcome: Outcome }) {
  const { t } = useTranslation('spares');
  return (
    <Section title={t('desk.handedOut')}>
      <p>
        <AllocationLink allocation={allocation} /> · {allocation.holder.name} ·{' '}
        {t('out.count.issued', { count: allocation.lines.length })}
      </p>
      <ul>
        {allocation.lines.map(({ id, unit, part, entitlement, quantity, isFromReserve }) => (
          <li key={id}>
            {unit ? unit.serial : `${quantity} × ${part?.partNumber ?? entitlement?.name}`}
            {unit ? ` · ${part?.partNumber}` : ''}
            {isFromReserve ? ` · ${t('out.fromReserve')}` : ''}
          </li>
        ))}
        {displaced.map(({ lineId, code, holder, what, quantity }) => (
          <li key={lineId}>{t('desk.displaced', { code, holder, what: `${quantity} × ${what}` })}</li>
        ))}
        {warnings.map(({ entitlementId, message }) => (
          <li key={entitlementId}>{message}</li>
        ))}
      </ul>
    </Section>
  );
}
