import { type Html, html } from '../kernel/html.ts';
import type { DrillReport } from './report.ts';
import type { ReportWords } from './report-language.ts';

const HEIGHT = 92;
const FLOOR = 70;
const COLUMNS_MIN = 6;

/** The technical RTA of this run and of the runs before it as columns, the newest last, against the present RTO. */
export function trend({ headline, earlierRuns, run }: DrillReport, words: ReportWords): Html | null {
  const runs = [
    ...earlierRuns.toReversed().map(({ triggeredAt, technicalRtaSeconds }) => ({ triggeredAt, technicalRtaSeconds })),
    { triggeredAt: run.triggeredAt, technicalRtaSeconds: headline.technicalRtaSeconds },
  ];
  const measured = runs.flatMap(({ technicalRtaSeconds: seconds }) => (seconds === null ? [] : [seconds]));
  if (measured.length < 2) return null;
  const top = Math.max(...measured, 0.001);
  const pitch = 100 / Math.max(runs.length, COLUMNS_MIN);
  const width = rounded(pitch * 0.7);
  const columns = runs.map(({ triggeredAt, technicalRtaSeconds: seconds }, index) => {
    const x = rounded(index * pitch);
    const middle = rounded(x + pitch * 0.35);
    const height = seconds === null ? 0 : Math.max((seconds / top) * (FLOOR - 20), 2);
    const isOver = seconds !== null && headline.rtoSeconds !== null && seconds > headline.rtoSeconds;
    const y = rounded(FLOOR - height);
    return html`<rect class="${isOver ? 'failed' : 'done'}" x="${x}%" y="${y}" width="${width}%" height="${rounded(height)}"/>
<text class="small" x="${middle}%" y="${y - 5}" text-anchor="middle">${seconds === null ? '–' : words.seconds(seconds)}</text>
<text class="small" x="${middle}%" y="${FLOOR + 15}" text-anchor="middle">${triggeredAt.slice(5, 10)}</text>`;
  });
  const rto =
    headline.rtoSeconds === null
      ? ''
      : ` (${words.say('trendLimit', { duration: words.seconds(headline.rtoSeconds) })})`;
  return html`<figure><figcaption class="soft">${`${words.say('trend')}${rto}`}</figcaption>
<svg width="100%" height="${HEIGHT}" aria-hidden="true">${columns}
<line class="grid" x1="0" y1="${FLOOR}" x2="100%" y2="${FLOOR}"/></svg></figure>`;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
