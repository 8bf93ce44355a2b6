import { drillJsonSchema } from '../drills/definition.ts';
import { reportJsonSchema } from '../drills/report.ts';
import { type CommandContext, EXIT } from './command.ts';

/** As commander hands them over. */
export interface SchemaOptions {
  readonly report?: boolean;
  readonly json?: boolean;
}

/** Prints the JSON Schema of drill definitions, or of reports. */
export async function printSchema({ output }: CommandContext, { report }: SchemaOptions): Promise<number> {
  const schema = report ? reportJsonSchema() : drillJsonSchema();
  output.answer(schema, () => [JSON.stringify(schema, null, 2)]);
  return EXIT.ok;
}
