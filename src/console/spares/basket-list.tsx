import { DeleteOutlined } from '@ant-design/icons';
import { Button, InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ProblemError } from '../api/problem.ts';
import { Mark } from '../parts/mark.tsx';
import { Alternatives } from './alternatives.tsx';
import { type BasketLine, keyOf, lineOfField, nameOf, replaced, without, withQuantity } from './desk.ts';

interface BasketListProps {
  readonly basket: readonly BasketLine[];
  /** Why the check-out was refused; its fields name the lines. */
  readonly problem: ProblemError | null;
  readonly onChange: (basket: readonly BasketLine[]) => void;
}

/** The basket line by line. Under a line that was refused stand the server's reason and what would do instead. */
export function BasketList({ basket, problem, onChange }: BasketListProps) {
  const said = (problem?.problem?.fields ?? []).map(({ field, message }) => ({ index: lineOfField(field), message }));
  return (
    <ul className="plain-list">
      {basket.map((line, index) => (
        <BasketRow
          key={keyOf(line)}
          line={line}
          basket={basket}
          reasons={said.filter((one) => one.index === index).map(({ message }) => message)}
          onChange={onChange}
        />
      ))}
    </ul>
  );
}

interface BasketRowProps {
  readonly line: BasketLine;
  readonly basket: readonly BasketLine[];
  readonly reasons: readonly string[];
  readonly onChange: (basket: readonly BasketLine[]) => void;
}

function BasketRow({ line, basket, reasons, onChange }: BasketRowProps) {
  const { t } = useTranslation('spares');
  const name = nameOf(line);
  return (
    <li className="basket-row">
      <div className="basket-line">
        <span className="basket-name">
          <span className="code">{name}</span>
          <span className="sub">{line.kind === 'kit' ? t('desk.kit') : line.part.name}</span>
        </span>
        {line.kind === 'unit' ? null : (
          <InputNumber
            aria-label={t('desk.quantityOf', { name })}
            min={1}
            max={1_000_000}
            precision={0}
            value={line.quantity}
            onChange={(quantity) => onChange(withQuantity(basket, line, quantity ?? 1))}
          />
        )}
        <Button
          icon={<DeleteOutlined />}
          aria-label={t('desk.remove', { name })}
          onClick={() => onChange(without(basket, line))}
        />
      </div>
      {reasons.length > 0 ? (
        <div className="basket-refused">
          {reasons.map((reason) => (
            <p key={reason}>
              <Mark tone="bad">{t('desk.tone.bad')}</Mark> {reason}
            </p>
          ))}
          {line.kind === 'kit' ? null : (
            <Alternatives
              part={line.part}
              refused={line.kind === 'unit' ? line.unitId : undefined}
              asked={line.kind === 'unit' ? 1 : line.quantity}
              taken={without(basket, line)}
              onTake={(other) => onChange(replaced(basket, line, other))}
            />
          )}
        </div>
      ) : null}
    </li>
  );
}
