import type { ReactNode } from 'react';
import { Mark, type Tone } from './mark.tsx';
import './told.css';

interface ToldProps {
  readonly label: string;
  /** What became of the last scan; undefined before the first one. */
  readonly told:
    | { readonly tone: Tone; readonly word: string; readonly text: string; readonly number: number | string }
    | undefined;
  /** What stands there before the first one. */
  readonly empty: string;
  readonly children?: ReactNode;
}

/** What became of the last scan: large, read aloud, and the same answer twice is told twice. */
export function Told({ label, told, empty, children }: ToldProps) {
  return (
    <section className={`feedback ${told?.tone ?? 'none'}`} aria-label={label}>
      <div role="status" aria-live="assertive" aria-atomic="true">
        {told ? (
          <p key={told.number} className="feedback-text">
            <Mark tone={told.tone}>{told.word}</Mark> {told.text}
          </p>
        ) : (
          <p className="sub">{empty}</p>
        )}
      </div>
      {children}
    </section>
  );
}
