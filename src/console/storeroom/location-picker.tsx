import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';

interface LocationPickerProps {
  readonly id?: string;
  readonly value?: string | undefined;
  readonly onChange?: (locationId: string | undefined) => void;
}

/** A location, found by its code or name. */
export function LocationPicker({ id, value, onChange }: LocationPickerProps) {
  const { t } = useTranslation('storeroom');
  const [q, setQ] = useState('');
  const text = q.trim();
  const { data, isFetching } = $api.useQuery('get', '/locations', {
    params: { query: { limit: 20, ...(text ? { q: text } : {}) } },
  });
  const chosen = $api.useQuery(
    'get',
    '/locations/{id}',
    { params: { path: { id: value ?? '' } } },
    { enabled: !!value },
  );
  const found = data?.items ?? [];
  const all = chosen.data && !found.some((one) => one.id === value) ? [chosen.data, ...found] : found;
  return (
    <Select
      {...(id ? { id } : {})}
      value={value ?? null}
      placeholder={t('pickLocation')}
      allowClear
      showSearch={{ filterOption: false, onSearch: setQ }}
      loading={isFetching}
      notFoundContent={isFetching ? t('searching') : t('noLocation')}
      options={all.map((one) => ({ value: one.id, label: `${one.code} · ${one.name}` }))}
      onChange={(next: string | null | undefined) => onChange?.(next ?? undefined)}
    />
  );
}
