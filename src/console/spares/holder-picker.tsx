import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { useMe } from '../app/session.ts';
import { Field } from '../parts/filters.tsx';
import type { Holder, HolderKind } from './words.ts';

interface HolderPickerProps {
  readonly label: string;
  /** Only holders of this kind. */
  readonly kind?: HolderKind;
  readonly value: Holder | undefined;
  readonly onChoose: (holder: Holder | undefined) => void;
}

/** Somebody who can have things, found by how the name begins. Whoever is signed in stands first while nothing is typed. */
export function HolderPicker({ label, kind, value, onChoose }: HolderPickerProps) {
  const { t } = useTranslation('spares');
  const [q, setQ] = useState('');
  const me = useMe().data;
  const text = q.trim();
  const query = { limit: 20, ...(text ? { q: text } : {}), ...(kind ? { kind } : {}) };
  const { data, isFetching } = $api.useQuery('get', '/holders', { params: { query } });
  const found: Holder[] = (data?.items ?? []).map(({ name, code, ...holder }) => ({
    ...holder,
    name: code ? `${code} · ${name}` : name,
  }));
  const self: Holder[] = me?.kind === 'person' && !text && !kind ? [{ kind: 'person', id: me.id, name: me.name }] : [];
  const holders = [...self, ...found.filter(({ id }) => id !== self[0]?.id)];
  const shown = value && !holders.some(({ id }) => id === value.id) ? [value, ...holders] : holders;
  return (
    <Field label={label} wide>
      {(id) => (
        <Select
          id={id}
          value={value?.id ?? null}
          placeholder={t('holder.placeholder')}
          allowClear
          showSearch={{ filterOption: false, onSearch: setQ }}
          loading={isFetching}
          notFoundContent={isFetching ? t('holder.searching') : t('holder.none')}
          options={shown.map((holder) => ({
            value: holder.id,
            label: `${holder.name} (${t(`holderKind.${holder.kind}`)})`,
          }))}
          onChange={(chosen: string | null | undefined) => onChoose(shown.find((holder) => holder.id === chosen))}
        />
      )}
    </Field>
  );
}
