import './bullet.css';

interface BulletProps {
  /** What was measured; null draws the target alone. */
  readonly value: number | null;
  readonly target: number;
  /** The same in words, for whoever does not see it; left out where the words stand beside it. */
  readonly label?: string;
}

/** Room beyond the larger of both, so that the mark of the target is never at the edge. */
const HEADROOM = 1.1;

/** The least that a bar fills, in percent, so that it can be seen. */
const SLIVER = 0.6;

/** A bullet graph: the measured value as a bar, its target as a mark across it. */
export function Bullet({ value, target, label }: BulletProps) {
  const scale = Math.max(value ?? 0, target, 1) * HEADROOM;
  const percent = (amount: number) => (amount / scale) * 100;
  const over = value !== null && value > target;
  return (
    <svg
      className="bullet"
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      aria-hidden={label === undefined}
    >
      <rect className="bullet-track" x="0" y="2" width="100" height="6" />
      {value === null ? null : (
        <rect
          className={over ? 'bullet-bar over' : 'bullet-bar'}
          x="0"
          y="2"
          width={Math.max(SLIVER, percent(value))}
          height="6"
        />
      )}
      <rect className="bullet-target" x={percent(target) - 0.4} y="0" width="0.8" height="10" />
    </svg>
  );
}
