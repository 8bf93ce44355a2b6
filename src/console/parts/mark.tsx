import {
  CheckCircleFilled,
  ClockCircleOutlined,
  CloseCircleFilled,
  ExclamationCircleFilled,
  MinusCircleOutlined,
} from '@ant-design/icons';
import type { ReactNode } from 'react';
import './mark.css';

/** How something stands: its colour, and the sign that says the same without colour. */
export type Tone = 'good' | 'bad' | 'warn' | 'quiet' | 'busy';

const SIGNS = {
  good: CheckCircleFilled,
  bad: CloseCircleFilled,
  warn: ExclamationCircleFilled,
  quiet: MinusCircleOutlined,
  busy: ClockCircleOutlined,
} as const;

/** A state in words with a sign; never a colour alone. */
export function Mark({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  const Sign = SIGNS[tone];
  return (
    <span className={`mark ${tone}`}>
      <Sign aria-hidden="true" /> {children}
    </span>
  );
}
