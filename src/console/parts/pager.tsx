import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import './pager.css';

interface PagerProps {
  /** Where the page that is shown begins, from the address; undefined for the first one. */
  readonly after: string | undefined;
  /** Where the next one begins; null on the last one. */
  readonly next: string | null;
  /** Goes to another page: puts it into the address. */
  readonly onPage: (after: string | undefined) => void;
}

/** Which page each page was reached from, so that there is a way back: the list itself only goes forward. */
const cameFrom = new Map<string, string | undefined>();

/** The ways to the pages before and after; nothing where all is on one page. */
export function Pager({ after, next, onPage }: PagerProps) {
  const { t } = useTranslation('parts');
  if (after === undefined && next === null) return null;
  return (
    <div className="pager no-print">
      {after !== undefined && !cameFrom.has(after) ? (
        <Button onClick={() => onPage(undefined)}>{t('pages.first')}</Button>
      ) : null}
      <Button
        disabled={after === undefined || !cameFrom.has(after)}
        onClick={() => after !== undefined && onPage(cameFrom.get(after))}
      >
        {t('pages.previous')}
      </Button>
      <Button
        disabled={next === null}
        onClick={() => {
          if (next === null) return;
          cameFrom.set(next, after);
          onPage(next);
        }}
      >
        {t('pages.next')}
      </Button>
    </div>
  );
}
