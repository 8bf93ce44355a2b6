import { Button, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { Field } from '../parts/filters.tsx';
import { Mark } from '../parts/mark.tsx';
import { Waiting } from '../parts/waiting.tsx';
import type { CountPlace } from './words.ts';

interface PlacesProps {
  readonly places: readonly CountPlace[];
  readonly onChoose: (code: string) => void;
}

/** Where counting goes on: chosen by scan, or from the list. */
export function PlacePicker({ places, value, onChoose }: PlacesProps & { readonly value: string | undefined }) {
  const { t } = useTranslation('storeroom');
  return (
    <div className="count-place">
      <Field label={t('count.here')} wide>
        {(id) => (
          <Select
            id={id}
            size="large"
            value={value ?? null}
            placeholder={t('count.noPlace')}
            showSearch={{ optionFilterProp: 'label' }}
            options={places.map(({ code, name }) => ({ value: code, label: `${code} · ${name}` }))}
            onChange={(code: string | null) => code && onChoose(code)}
          />
        )}
      </Field>
    </div>
  );
}

/** The places of the stocktake: those where nobody has counted anything come first. */
export function PlaceList({ places, here, onChoose }: PlacesProps & { readonly here: string | undefined }) {
  const { t } = useTranslation('storeroom');
  if (places.length === 0) return <Waiting />;
  // Rooms and racks in which nothing lies directly come last.
  const rankOf = ({ isToCount, isCounted }: CountPlace) => (isCounted ? 1 : isToCount ? 0 : 2);
  const ordered = places.toSorted((one, other) => rankOf(one) - rankOf(other));
  return (
    <ul className="plain-list">
      {ordered.map(({ id, code, name, isCounted, isToCount }) => (
        <li key={id} className="count-row">
          <span>
            {isToCount ? (
              <Mark tone={isCounted ? 'good' : 'quiet'}>{t(isCounted ? 'count.placeDone' : 'count.placeLeft')}</Mark>
            ) : null}{' '}
            <span className="code">{code}</span> {name}
          </span>
          <Button disabled={code === here} onClick={() => onChoose(code)}>
            {t('count.goHere')}
          </Button>
        </li>
      ))}
    </ul>
  );
}
