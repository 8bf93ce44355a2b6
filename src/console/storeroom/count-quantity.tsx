import { Button, Input, type InputRef } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '../parts/filters.tsx';
import type { CountEntry } from './count-queue.ts';
import { nameOf } from './count-told.ts';

interface CountQuantityProps {
  readonly entry: CountEntry;
  readonly onCount: (quantity: number) => void;
  /** Something else was scanned into the field. */
  readonly onCode: (code: string) => Promise<void>;
  readonly onDrop: () => void;
}

/** A number of pieces; what has more digits was read by the scanner and is a code. */
const NUMBER = /^\d{1,6}$/;

/** How many pieces there are: all of them that lie at the place. A scan that comes instead is taken as a scan. */
export function CountQuantity({ entry, onCount, onCode, onDrop }: CountQuantityProps) {
  const { t } = useTranslation('storeroom');
  const [text, setText] = useState(entry.quantity === undefined ? '' : String(entry.quantity));
  const field = useRef<InputRef>(null);
  useEffect(() => field.current?.focus({ cursor: 'all' }), []);
  const take = () => {
    const given = text.trim();
    setText('');
    if (NUMBER.test(given)) onCount(Number(given));
    else if (given) void onCode(given);
  };
  const step = (by: number) =>
    setText((before) => String(Math.max(0, (NUMBER.test(before) ? Number(before) : 0) + by)));
  return (
    <form
      className="count-quantity"
      onSubmit={(event) => {
        event.preventDefault();
        take();
      }}
    >
      <Field label={t('count.howMany', { name: nameOf(entry), place: entry.place })} wide>
        {(id) => (
          <Input
            id={id}
            ref={field}
            size="large"
            inputMode="numeric"
            autoComplete="off"
            maxLength={80}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <div className="row-actions">
        <Button size="large" aria-label={t('count.less')} onClick={() => step(-1)}>
          −1
        </Button>
        <Button size="large" aria-label={t('count.more')} onClick={() => step(1)}>
          +1
        </Button>
        <Button size="large" type="primary" htmlType="submit" disabled={text.trim() === ''}>
          {t('count.take')}
        </Button>
        <Button size="large" onClick={onDrop}>
          {t('count.drop')}
        </Button>
      </div>
    </form>
  );
}
