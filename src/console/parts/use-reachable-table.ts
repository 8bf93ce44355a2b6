import { type RefObject, useEffect, useRef } from 'react';

/** For the element around a table: what scrolls sideways in it can be reached, and so scrolled, with the keyboard. */
export function useReachableTable(): RefObject<HTMLElement | null> {
  const around = useRef<HTMLElement>(null);
  useEffect(() => {
    const frame = around.current?.querySelector<HTMLElement>('.ant-table-content');
    if (!frame) return undefined;
    const show = () => {
      if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
      else frame.removeAttribute('tabindex');
    };
    const observer = new ResizeObserver(show);
    for (const part of [frame, ...frame.children]) observer.observe(part);
    return () => observer.disconnect();
  }, []);
  return around;
}
