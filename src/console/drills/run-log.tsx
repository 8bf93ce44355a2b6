import { Button, Checkbox } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { formatTimeOfDay } from '../parts/format.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Section } from '../parts/section.tsx';
import type { LogLine } from './drill-data.ts';
import type { RunStream } from './use-run-events.ts';

interface RunLogProps {
  readonly id: string;
  readonly stream: RunStream;
}

/** The end of a run's log as it grows; the whole of it on request. */
export function RunLog({ id, stream }: RunLogProps) {
  const { t } = useTranslation('drills');
  const [earlier, setEarlier] = useState<readonly LogLine[]>([]);
  const [problem, setProblem] = useState<unknown>(null);
  const [isFollowing, setFollowing] = useState(true);
  const end = useRef<HTMLOListElement>(null);
  const { lines, omitted } = stream;
  const shown = [...earlier, ...lines];
  useEffect(() => {
    if (isFollowing && lines.length > 0) end.current?.scrollTo({ top: end.current.scrollHeight });
  }, [isFollowing, lines]);
  const showAll = () => earlierLines(id, lines[0]?.position ?? 0).then(setEarlier, setProblem);
  return (
    <Section title={t('log.title')}>
      <ProblemAlert error={problem} />
      {omitted > 0 && earlier.length === 0 ? (
        <p>
          {t('log.earlier', { count: omitted })} <Button onClick={() => void showAll()}>{t('log.whole')}</Button>
        </p>
      ) : null}
      {shown.length === 0 ? (
        <p>{t('log.empty')}</p>
      ) : (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reached by the keyboard */}
          <ol ref={end} className="drill-log" aria-label={t('log.label')} tabIndex={0}>
            {shown.map((line) => (
              <Line key={line.position} line={line} />
            ))}
          </ol>
          <Checkbox checked={isFollowing} onChange={({ target }) => setFollowing(target.checked)} className="no-print">
            {t('log.follow')}
          </Checkbox>
        </>
      )}
    </Section>
  );
}

function Line({ line: { at, level, message } }: { readonly line: LogLine }) {
  const { t } = useTranslation('drills');
  const { language } = usePreferences();
  return (
    <li className={level}>
      <time dateTime={at}>{formatTimeOfDay(at, language)}</time>{' '}
      {level === 'info' ? null : <strong>{t(`log.level.${level}`)} </strong>}
      {message}
    </li>
  );
}

/** The lines before a position, page by page: a log has 2,000 lines at most. */
async function earlierLines(id: string, before: number): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for (let after: string | undefined; ; ) {
    const query = { limit: 200, ...(after === undefined ? {} : { after }) };
    const { data } = await api.GET('/drill-runs/{id}/log', { params: { path: { id }, query } });
    lines.push(...(data?.items ?? []).filter(({ position }) => position < before));
    if (!data?.next || (lines.at(-1)?.position ?? before) >= before - 1) return lines;
    after = data.next;
  }
}
