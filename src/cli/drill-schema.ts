import { drillJsonSchema } from '../drills/definition.ts';
import { type CommandContext, EXIT } from './command.ts';

/** Prints the JSON Schema of drill definitions. */
export async function printSchema({ output }: CommandContext): Promise<number> {
  const schema = drillJsonSchema();
  output.answer(schema, () => [JSON.stringify(schema, null, 2)]);
  return EXIT.ok;
}
