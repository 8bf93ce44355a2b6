import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import './limit-bar.css';

interface LimitBarProps {
  readonly seconds: number;
  /** Null: nothing limits it. */
  readonly limitSeconds: number | null;
  /** What is measured against what, for those who do not see the bar. */
  readonly label: string;
}

/** The bar goes a little beyond the limit, so that what is over it can be seen to be. */
const BEYOND = 1.25;

/** A duration as a bar with a line where it should end. The figures stand beside it: the bar only shows how they compare. */
export function LimitBar({ seconds, limitSeconds, label }: LimitBarProps) {
  const { language } = usePreferences();
  const text = formatSeconds(seconds, language);
  if (limitSeconds === null) return <span title={label}>{text}</span>;
  const scale = Math.max(limitSeconds * BEYOND, 1);
  const percent = Math.min(100, (seconds / scale) * 100);
  const isOver = seconds > limitSeconds;
  return (
    <div className="limit" title={label}>
      <span className="visually-hidden">{label}: </span>
      <span className={isOver ? 'limit-text over' : 'limit-text'}>
        {text} / {formatSeconds(limitSeconds, language)}
      </span>
      <span className="limit-track" aria-hidden="true">
        <span className={isOver ? 'limit-bar over' : 'limit-bar'} style={{ width: `${percent}%` }} />
        <span className="limit-line" style={{ left: `${Math.min(100, (limitSeconds / scale) * 100)}%` }} />
      </span>
    </div>
  );
}
