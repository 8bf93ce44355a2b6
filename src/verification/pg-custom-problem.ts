import type { Finding } from './finding.ts';

/** What the parts of the walk say about a place in the archive. */
export interface PgCustomProblem extends Pick<Finding, 'kind' | 'entry' | 'expected' | 'actual'> {
  /** The end of a sentence that starts with "The dump". */
  readonly message: string;
  /** Where the damage may lie, in the bytes of the archive. */
  readonly offset: number;
  readonly endOffset: number;
}
