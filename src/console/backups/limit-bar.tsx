import { usePreferences } from '../app/preferences.ts';
import { Bullet } from '../parts/bullet.tsx';
import { formatSeconds } from '../parts/format.ts';
import './limit-bar.css';

interface LimitBarProps {
  readonly seconds: number;
  /** Null: nothing limits it. */
  readonly limitSeconds: number | null;
  /** What is measured against what, for those who do not see the bar. */
  readonly label: string;
}

/** A duration as a bar with a line where it should end. The figures stand beside it: the bar only shows how they compare. */
export function LimitBar({ seconds, limitSeconds, label }: LimitBarProps) {
  const { language } = usePreferences();
  const text = formatSeconds(seconds, language);
  if (limitSeconds === null) return <span title={label}>{text}</span>;
  const isOver = seconds > limitSeconds;
  return (
    <div className="limit" title={label}>
      <span className="visually-hidden">{label}: </span>
      <span className={isOver ? 'limit-text over' : 'limit-text'}>
        {text} / {formatSeconds(limitSeconds, language)}
      </span>
      <Bullet value={seconds} target={limitSeconds} />
    </div>
  );
}
