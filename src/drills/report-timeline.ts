import { type Html, html } from '../kernel/html.ts';
import { formatSeconds } from '../kernel/units.ts';
import type { DrillReport } from './report.ts';

const WIDTH = 860;
const LABEL_WIDTH = 92;
const VALUE_WIDTH = 118;
const ROW_HEIGHT = 26;
const BAR_HEIGHT = 15;
const TOP = 22;
const PLOT_WIDTH = WIDTH - LABEL_WIDTH - VALUE_WIDTH;

type ReportPhase = DrillReport['phases'][number];

/**
 * The phases on one axis that begins at the trigger, and below it the recovery time as a share of the target. Drawn with
 * attributes only, so that it needs neither scripts nor inline styles.
 */
export function timeline(report: DrillReport): Html {
  const rows = placed(report.phases);
  const totalSeconds = Math.max(...rows.map((row) => row.endSeconds), 0.001);
  const height = TOP + rows.length * ROW_HEIGHT + 70;
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="timeline-title">
<title id="timeline-title">${`Phases from the trigger: ${rows.map(spoken).join('; ')}`}</title>
${axis(totalSeconds, rows.length)}
${rows.map((row, index) => phaseRow(row, index, totalSeconds))}
${targetBar(report, TOP + rows.length * ROW_HEIGHT + 34)}
</svg>`;
}

interface PlacedPhase {
  readonly phase: ReportPhase;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** Phases follow each other without a gap, so each begins where the measured ones before it end. */
function placed(phases: readonly ReportPhase[]): PlacedPhase[] {
  let at = 0;
  return phases.map((phase) => {
    const startSeconds = at;
    at += phase.seconds ?? 0;
    return { phase, startSeconds, endSeconds: at };
  });
}

function spoken({ phase }: PlacedPhase): string {
  return `${phase.phase} ${phase.seconds === null ? phase.status : formatSeconds(phase.seconds)}`;
}

function phaseRow({ phase, startSeconds }: PlacedPhase, index: number, totalSeconds: number): Html {
  const y = TOP + index * ROW_HEIGHT;
  const textY = y + BAR_HEIGHT - 3;
  const label = html`<text x="0" y="${textY}">${phase.phase}</text>`;
  if (phase.seconds === null) {
    return html`${label}<text class="small" x="${LABEL_WIDTH}" y="${textY}">${phase.status}</text>`;
  }
  const x = LABEL_WIDTH + (startSeconds / totalSeconds) * PLOT_WIDTH;
  const width = Math.max((phase.seconds / totalSeconds) * PLOT_WIDTH, 2);
  const value = `${formatSeconds(phase.seconds)}${phase.status === 'done' ? '' : ` ${phase.status}`}`;
  return html`${label}<rect class="track" x="${LABEL_WIDTH}" y="${y}" width="${PLOT_WIDTH}" height="${BAR_HEIGHT}" rx="2"/>
<rect class="${phase.status}" x="${rounded(x)}" y="${y}" width="${rounded(width)}" height="${BAR_HEIGHT}" rx="2"/>
<text x="${WIDTH}" y="${textY}" text-anchor="end">${value}</text>`;
}

const TICKS = 4;

function axis(totalSeconds: number, rowCount: number): Html {
  const bottom = TOP + rowCount * ROW_HEIGHT;
  const ticks = Array.from({ length: TICKS + 1 }, (_, index) => {
    const x = rounded(LABEL_WIDTH + (index / TICKS) * PLOT_WIDTH);
    const anchor = index === 0 ? 'start' : index === TICKS ? 'end' : 'middle';
    return html`<line class="grid" x1="${x}" y1="${TOP - 6}" x2="${x}" y2="${bottom}"/>
<text class="small" x="${x}" y="${TOP - 9}" text-anchor="${anchor}">${formatSeconds((index / TICKS) * totalSeconds)}</text>`;
  });
  return html`${ticks}`;
}

/** The whole width is the longer of the two, so that a missed target sticks out beyond its line. */
function targetBar({ headline }: DrillReport, y: number): Html | null {
  const { technicalRtaSeconds: rta, rtoSeconds: rto } = headline;
  if (rto === null) return null;
  const scale = PLOT_WIDTH / Math.max(rto, rta ?? 0);
  const limitX = rounded(LABEL_WIDTH + rto * scale);
  const bar =
    rta === null
      ? html`<text class="small" x="${LABEL_WIDTH + 4}" y="${y + BAR_HEIGHT - 3}">not measured</text>`
      : html`<rect class="${headline.result === 'met' ? 'done' : 'failed'}" x="${LABEL_WIDTH}" y="${y}" width="${rounded(Math.max(rta * scale, 2))}" height="${BAR_HEIGHT}" rx="2"/>`;
  return html`<text x="0" y="${y + BAR_HEIGHT - 3}">RTA of RTO</text>
<rect class="track" x="${LABEL_WIDTH}" y="${y}" width="${PLOT_WIDTH}" height="${BAR_HEIGHT}" rx="2"/>${bar}
<line class="limit" x1="${limitX}" y1="${y - 4}" x2="${limitX}" y2="${y + BAR_HEIGHT + 4}"/>
<text x="${WIDTH}" y="${y + BAR_HEIGHT - 3}" text-anchor="end">${rta === null ? 'not measured' : shareOf(rta, rto)}</text>
<text class="small" x="${limitX}" y="${y + BAR_HEIGHT + 17}" text-anchor="end">${`RTO ${formatSeconds(rto)}`}</text>`;
}

function shareOf(rta: number, rto: number): string {
  const percent = (rta / rto) * 100;
  return percent < 0.1 ? 'below 0.1 %' : `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
