import { newId } from '../../src/kernel/ids.ts';
import type { TestDatabase } from '../support/database.ts';

/** Puts things into the pool by plain SQL, so that a test of allocations depends on no other domain's use cases. */
export function shelfOf(database: TestDatabase) {
  const add = async (table: string, columns: Record<string, unknown>): Promise<string> => {
    const id = newId();
    const names = ['id', ...Object.keys(columns)];
    await database.db.execute(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      [id, ...Object.values(columns)],
    );
    return id;
  };
  let category: Promise<string> | undefined;

  return {
    add,
    site: (code = `S-${newId()}`) => add('location', { code, name: code, kind: 'site' }),
    room: (parentId: string, code = `R-${newId()}`) =>
      add('location', { code, name: code, kind: 'room', parent_id: parentId }),
    async part(columns: Record<string, unknown> = {}): Promise<string> {
      category ??= add('part_category', { name: `category ${newId()}` });
      return add('part', {
        manufacturer: 'Northwind',
        part_number: `PN-${newId()}`,
        name: 'Power supply',
        category_id: await category,
        tracking: 'serial',
        unit_of_measure: 'piece',
        ...columns,
      });
    },
    unit: (partId: string, locationId: string, columns: Record<string, unknown> = {}) =>
      database.db.transaction(async (tx) => {
        const id = newId();
        const all: Record<string, unknown> = { id, part_id: partId, serial: `SN-${id}`, ...columns };
        const names = Object.keys(all);
        await tx.execute(
          `INSERT INTO unit (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
          Object.values(all),
        );
        await tx.execute(
          `INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, to_location_id)
           VALUES ($1, 'receive', $2, $3, 'in_stock', $4)`,
          [newId(), partId, id, locationId],
        );
        return id;
      }),
    async units(partId: string, locationId: string, count: number): Promise<string[]> {
      const made: string[] = [];
      for (let index = 0; index < count; index += 1) made.push(await this.unit(partId, locationId));
      return made;
    },
    stock: (partId: string, locationId: string, quantity: number) =>
      database.db.transaction(async (tx) => {
        const id = newId();
        await tx.execute('INSERT INTO stock (id, part_id, location_id) VALUES ($1, $2, $3)', [id, partId, locationId]);
        await tx.execute(
          `INSERT INTO movement (batch_id, kind, part_id, quantity, to_stock_id) VALUES ($1, 'receive', $2, $3, $4)`,
          [newId(), partId, quantity, id],
        );
        return id;
      }),
    model: (name = `Model ${newId()}`) => add('device_model', { manufacturer: 'Northwind', model: name }),
    fit: (columns: Record<string, unknown>) => add('part_fit', { rank: 1, ...columns }),
    product: (name = `Product ${newId()}`) => add('licence_product', { vendor: 'Contoso', name }),
    entitlement: (productId: string, columns: Record<string, unknown> = {}) =>
      add('entitlement', {
        product_id: productId,
        name: `Contract ${newId()}`,
        metric: 'concurrent',
        quantity: 5,
        term: 'perpetual',
        starts_on: '2020-01-01',
        ...columns,
      }),
    /** A held line of its own allocation, a hold or a reservation; days are counted from now. */
    hold: async (
      holder: { readonly kind: string; readonly id: string },
      line: Record<string, unknown>,
      { fromDays = -1, untilDays = 1, pinned = true, form = 'hold' } = {},
    ): Promise<{ allocationId: string; lineId: string }> => {
      const allocationId = await add('allocation', {
        form,
        purpose: 'loan',
        holder_kind: holder.kind,
        holder_id: holder.id,
      });
      const lineId = newId();
      const all: Record<string, unknown> = { quantity: 1, ...line };
      const names = Object.keys(all);
      await database.db.execute(
        `INSERT INTO allocation_line (id, root_line_id, allocation_id, position, state, pinned, during, expires_at, ${names.join(', ')})
         VALUES ($1, $1, $2, 0, 'held', $3,
           tstzrange(now() + $4 * interval '1 day', now() + $5 * interval '1 day'), now() + ($5 + 1) * interval '1 day',
           ${names.map((_, index) => `$${index + 6}`).join(', ')})`,
        [lineId, allocationId, pinned, fromDays, untilDays, ...Object.values(all)],
      );
      return { allocationId, lineId };
    },
  };
}
