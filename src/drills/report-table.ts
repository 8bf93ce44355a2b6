import { type Html, html } from '../kernel/html.ts';
import type { ReportWords } from './report-language.ts';
import type { WordKey } from './report-words-en.ts';

/** A column by the word at its head; figures stand to the right. */
type Column = WordKey | { readonly figures: WordKey };

/** A table of the report. On a narrow screen it is moved sideways, not cut. */
export function table(words: ReportWords, columns: readonly Column[], rows: readonly Html[]): Html {
  const heads = columns.map((column) =>
    typeof column === 'string'
      ? html`<th>${words.say(column)}</th>`
      : html`<th class="number">${words.say(column.figures)}</th>`,
  );
  return html`<div class="scroll"><table><thead><tr>${heads}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** A figure's cell; a dash where there is none. */
export function figure(text: string | null): Html {
  return html`<td class="number">${text ?? '–'}</td>`;
}

/** A cell of free text, which may be long. */
export function long(text: Html | string | null): Html {
  return html`<td class="long">${text}</td>`;
}
