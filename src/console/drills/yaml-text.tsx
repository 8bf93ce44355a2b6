import type { DrillDetail } from './drill-data.ts';

interface YamlTextProps {
  readonly text: string;
  readonly problems: DrillDetail['problems'];
  readonly label: string;
}

/** The text of a file with its line numbers; below a line what is wrong with it. */
export function YamlText({ text, problems, label }: YamlTextProps) {
  const byLine = Map.groupBy(problems, ({ line }) => line);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
    <section className="yaml" aria-label={label} tabIndex={0}>
      <ol>
        {text.split('\n').map((line, index) => {
          const wrong = byLine.get(index + 1);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is what it is by its number
            <li key={index} id={`line-${index + 1}`} className={wrong ? 'wrong' : undefined}>
              <code>{line === '' ? ' ' : line}</code>
              {wrong?.map(({ column, message }) => (
                <p key={`${column} ${message}`}>{message}</p>
              ))}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
