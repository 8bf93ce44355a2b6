import { Button, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Field } from '../parts/filters.tsx';
import type { BasketLine } from './desk.ts';

/** Adds a whole kit, once it is seen how many of it can go out and what the next one lacks. */
export function KitPicker({ onAdd }: { readonly onAdd: (line: BasketLine) => void }) {
  const { t } = useTranslation('spares');
  const [kitId, setKitId] = useState<string>();
  const kits = $api.useQuery('get', '/kits', { params: { query: { limit: 200 } } });
  const kit = kits.data?.items.find(({ id }) => id === kitId);
  if (!kits.data || kits.data.items.length === 0) return null;
  return (
    <div className="kit-picker">
      <Field label={t('kit.choose')} wide>
        {(id) => (
          <Select
            id={id}
            value={kitId ?? null}
            placeholder={t('kit.placeholder')}
            allowClear
            showSearch={{ optionFilterProp: 'label' }}
            options={kits.data.items.map((one) => ({ value: one.id, label: one.name }))}
            onChange={(chosen: string | null | undefined) => setKitId(chosen ?? undefined)}
          />
        )}
      </Field>
      {kit ? (
        <>
          <p>{kit.lines.map(({ name, quantity }) => `${quantity} × ${name}`).join(', ')}</p>
          <KitCount id={kit.id} />
          <Button
            onClick={() => {
              onAdd({ kind: 'kit', kitId: kit.id, name: kit.name, quantity: 1 });
              setKitId(undefined);
            }}
          >
            {t('kit.add')}
          </Button>
        </>
      ) : null}
    </div>
  );
}

/** How many whole kits can go out now, and what the next one lacks. */
export function KitCount({ id }: { readonly id: string }) {
  const { t } = useTranslation('spares');
  const { data } = $api.useQuery('get', '/kits/{id}/availability', { params: { path: { id } } });
  if (!data) return null;
  const { whole, isAtLeast, next } = data.ordinary;
  const lacking = next.filter(({ short }) => short > 0);
  return (
    <p className="sub">
      {t('kit.whole', { kits: isAtLeast ? `${whole}+` : whole })}
      {lacking.length > 0
        ? ` ${t('kit.lacks', { what: lacking.map(({ name, short }) => `${short} × ${name}`).join(', ') })}`
        : ''}
    </p>
  );
}
