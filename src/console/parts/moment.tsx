import { useEffect, useId, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { usePreferences } from '../app/preferences.ts';
import { formatMoment, formatMomentExactly } from './format.ts';
import './moment.css';

/** As much as the exact time takes at most. */
const WIDTH_PX = 360;

/**
 * An instant in the reader's zone, to the minute; the exact time with its zone on hover, and when it is tapped or reached with
 * the keyboard. Inside of a link or a button it leaves both to these.
 */
export function Moment({ at }: { readonly at: string }) {
  const { language } = usePreferences();
  const id = useId();
  const time = useRef<HTMLTimeElement>(null);
  const [place, setPlace] = useState<{ readonly left: number; readonly top: number }>();
  const [isOwn, setOwn] = useState(false);
  useEffect(() => setOwn(time.current?.closest('a, button') === null), []);
  const exact = formatMomentExactly(at, language);
  const show = () => {
    const box = time.current?.getBoundingClientRect();
    // What begins near the right edge stays on the screen.
    if (box) setPlace({ left: Math.max(0, Math.min(box.left, innerWidth - WIDTH_PX)), top: box.bottom });
  };
  const hide = () => setPlace(undefined);
  return (
    <>
      <time
        ref={time}
        dateTime={at}
        title={exact}
        {...(isOwn ? { tabIndex: 0, onFocus: show, onClick: show, onBlur: hide, onKeyDown: hide } : {})}
        {...(place ? { 'aria-describedby': id } : {})}
      >
        {formatMoment(at, language)}
      </time>
      {place
        ? createPortal(
            <span id={id} role="tooltip" className="moment-exact" style={place}>
              {exact}
            </span>,
            document.body,
          )
        : null}
    </>
  );
}
