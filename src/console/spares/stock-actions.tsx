import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { FormButton } from '../parts/form-button.tsx';
import { NumberField, TextField } from '../parts/form-fields.tsx';
import { LookupField } from '../parts/form-lookup.tsx';
import { LOCATIONS } from '../parts/lookups.ts';
import type { Stock } from './words.ts';

type StockAct = 'transfer' | 'adjust' | 'quarantine' | 'release' | 'scrap';

/** What can be done with pieces of a stock row: each asks how many of them, and why where that is kept. */
export function StockActions({ stock }: { readonly stock: Stock }) {
  const can = useCan();
  if (!can('inventory.write')) return null;
  const isUsable = stock.condition === 'usable';
  const some: readonly StockAct[] =
    stock.quantity > 0 ? ['transfer', isUsable ? 'quarantine' : 'release', 'scrap'] : [];
  return (
    <div className="row-actions">
      {(['adjust', ...some] as const).map((act) => (
        <ActOnStock key={act} stock={stock} act={act} />
      ))}
    </div>
  );
}

interface StockChange {
  readonly quantity: number;
  readonly to: string;
  readonly reason: string;
}

function useStockAct({ id: stockId }: Stock, act: StockAct) {
  return useWrite(({ quantity, to, reason }: StockChange, header) => {
    const params = { header };
    const lines = [{ kind: 'stock' as const, stockId, quantity }];
    const why = reason ? { reason } : {};
    switch (act) {
      case 'transfer':
        return api.POST('/movements/transfers', {
          body: { lines: [{ kind: 'stock', stockId, quantity, toLocationId: to }], ...why },
          params,
        });
      case 'adjust':
        return api.POST('/movements/adjustments', {
          body: { lines: [{ kind: 'stock', stockId, change: quantity }], reason },
          params,
        });
      case 'quarantine':
        return api.POST('/movements/quarantines', { body: { lines, reason }, params });
      case 'release':
        return api.POST('/movements/releases', { body: { lines, ...why }, params });
      case 'scrap':
        return api.POST('/movements/scraps', { body: { lines, reason }, params });
    }
  });
}

function ActOnStock({ stock, act }: { readonly stock: Stock; readonly act: StockAct }) {
  const { t } = useTranslation('spares');
  const write = useStockAct(stock, act);
  const isReasonOptional = act === 'transfer' || act === 'release';
  return (
    <FormButton
      small
      danger={act === 'scrap'}
      label={t(`stockAct.${act}`)}
      text={t(`stockAct.${act}Text`, {
        part: stock.part.partNumber,
        place: stock.location.code,
        pieces: stock.quantity,
      })}
      initial={{ quantity: null as number | null, to: null as string | null, reason: '' }}
      bodyOf={({ quantity, to, reason }) => ({ quantity: quantity ?? 0, to: to ?? '', reason: reason.trim() })}
      fieldOf={([first, _row, field]) =>
        first === 'lines' ? [field === 'toLocationId' ? 'to' : 'quantity'] : [first ?? '']
      }
      write={write}
      onSubmit={({ body }) => write.write(body)}
    >
      <NumberField
        name="quantity"
        label={t(act === 'adjust' ? 'stockAct.change' : 'stock.quantity')}
        {...(act === 'adjust' ? { help: t('stockAct.changeHelp') } : { min: 1 })}
        required
      />
      {act === 'transfer' ? <LookupField name="to" label={t('unitAct.to')} lookup={LOCATIONS} required /> : null}
      <TextField name="reason" label={t('why')} lengthMax={500} rows={2} required={!isReasonOptional} />
    </FormButton>
  );
}
