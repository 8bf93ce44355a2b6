import { type Html, html } from '../kernel/html.ts';
import type { DrillReport } from './report.ts';
import type { ReportWords } from './report-language.ts';
import { TARGET_WORDS } from './report-words.ts';

// The drawing has the width of the page it stands on, so places along it are in hundredths of that and texts keep their size.
const LABEL_WIDTH = 17;
const VALUE_WIDTH = 21;
const PLOT_WIDTH = 100 - LABEL_WIDTH - VALUE_WIDTH;
const ROW_HEIGHT = 26;
const BAR_HEIGHT = 15;
const TOP = 24;
const TARGET_HEIGHT = 44;

type ReportPhase = DrillReport['phases'][number];
type ReportTarget = DrillReport['targets'][number];

/**
 * The phases on one axis that begins at the trigger, and below it every target with what was measured as a share of it. Drawn
 * with attributes only, so that it needs neither scripts nor inline styles.
 */
export function timeline(report: DrillReport, words: ReportWords): Html {
  const rows = placed(report.phases);
  const totalSeconds = Math.max(...rows.map((row) => row.endSeconds), 0.001);
  const targets = report.targets.filter(({ targetSeconds }) => targetSeconds !== null);
  const bottom = TOP + rows.length * ROW_HEIGHT;
  const spoken = words.say('phasesSpoken', { phases: rows.map(({ phase }) => spokenPhase(phase, words)).join('; ') });
  const height = bottom + targets.length * TARGET_HEIGHT + 18;
  return html`<svg width="100%" height="${height}" role="img" aria-labelledby="timeline-title">
<title id="timeline-title">${spoken}</title>
${axis(totalSeconds, bottom, words)}
${rows.map((row, index) => phaseRow(row, TOP + index * ROW_HEIGHT, totalSeconds, words))}
${targets.map((target, index) => targetBar(target, bottom + 18 + index * TARGET_HEIGHT, words))}
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

function spokenPhase({ phase, seconds, status }: ReportPhase, words: ReportWords): string {
  return `${words.code(phase)} ${seconds === null ? words.code(status) : words.seconds(seconds)}`;
}

function phaseRow({ phase, startSeconds }: PlacedPhase, y: number, totalSeconds: number, words: ReportWords): Html {
  const textY = y + BAR_HEIGHT - 3;
  const label = html`<text x="0" y="${textY}">${words.code(phase.phase)}</text>`;
  if (phase.seconds === null) {
    return html`${label}<text class="small" x="${LABEL_WIDTH}%" y="${textY}">${words.code(phase.status)}</text>`;
  }
  const x = LABEL_WIDTH + (startSeconds / totalSeconds) * PLOT_WIDTH;
  const value = `${words.seconds(phase.seconds)}${phase.status === 'done' ? '' : ` ${words.code(phase.status)}`}`;
  return html`${label}${track(y)}${bar(phase.status, x, (phase.seconds / totalSeconds) * PLOT_WIDTH, y)}
<text x="100%" y="${textY}" text-anchor="end">${value}</text>`;
}

function track(y: number): Html {
  return html`<rect class="track" x="${LABEL_WIDTH}%" y="${y}" width="${PLOT_WIDTH}%" height="${BAR_HEIGHT}" rx="2"/>`;
}

/** However short, it can be seen. */
function bar(tone: string, x: number, width: number, y: number): Html {
  const shown = rounded(Math.max(width, 0.3));
  return html`<rect class="${tone}" x="${rounded(x)}%" y="${y}" width="${shown}%" height="${BAR_HEIGHT}" rx="2"/>`;
}

const TICKS = 4;

function axis(totalSeconds: number, bottom: number, words: ReportWords): Html {
  const ticks = Array.from({ length: TICKS + 1 }, (_, index) => {
    const x = rounded(LABEL_WIDTH + (index / TICKS) * PLOT_WIDTH);
    const anchor = index === 0 ? 'start' : index === TICKS ? 'end' : 'middle';
    const time = words.seconds((index / TICKS) * totalSeconds);
    return html`<line class="grid" x1="${x}%" y1="${TOP - 6}" x2="${x}%" y2="${bottom}"/>
<text class="small${index % 2 === 1 ? ' odd' : ''}" x="${x}%" y="${TOP - 11}" text-anchor="${anchor}">${time}</text>`;
  });
  return html`${ticks}`;
}

/** Beside the bars there is little room, and the phases have names that are much like these. */
const SHORT_NAMES: Readonly<Partial<Record<ReportTarget['target'], string>>> = { recover: 'RTO', rpo: 'RPO' };

/** The whole width is the longer of the two, so that a missed target sticks out beyond its line. */
function targetBar(target: ReportTarget, y: number, words: ReportWords): Html {
  const { actualSeconds: actual, result } = target;
  const limit = Math.max(target.targetSeconds ?? 0, 0.001);
  const scale = PLOT_WIDTH / Math.max(limit, actual ?? 0);
  const limitX = rounded(LABEL_WIDTH + limit * scale);
  const textY = y + BAR_HEIGHT - 3;
  const promised = words.say('targetOf', { duration: words.seconds(limit) });
  return html`<g role="img" aria-label="${words.say('againstTarget', { target: words.say(TARGET_WORDS[target.target]) })}">
<text x="0" y="${textY}">${SHORT_NAMES[target.target] ?? words.code(target.target)}</text>
${track(y)}${actual === null ? null : bar(result === 'met' ? 'done' : 'failed', LABEL_WIDTH, actual * scale, y)}
<line class="limit" x1="${limitX}%" y1="${y - 4}" x2="${limitX}%" y2="${y + BAR_HEIGHT + 4}"/>
<text x="100%" y="${textY}" text-anchor="end">${shareOf(actual, limit, words)}</text>
<text class="small" x="${limitX}%" y="${textY + 20}" text-anchor="end">${promised}</text></g>`;
}

function shareOf(actual: number | null, limit: number, words: ReportWords): string {
  if (actual === null) return words.code('not measured');
  const percent = (actual / limit) * 100;
  return percent < 0.1 ? words.say('below') : `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
