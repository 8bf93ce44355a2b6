/** New values for some columns of a row; what is undefined or left out stays as it is, null is a value. */
export type ColumnChanges<Row> = { readonly [Column in keyof Row]?: Row[Column] | undefined };

/** The columns that a change states, for an UPDATE; undefined when it states none and there is nothing to update. */
export function statedColumns<Row extends object>(change: ColumnChanges<Row>): Partial<Row> | undefined {
  const stated = Object.entries(change).filter(([, value]) => value !== undefined);
  return stated.length > 0 ? (Object.fromEntries(stated) as Partial<Row>) : undefined;
}
