import { Client } from 'pg';
import { afterAll, expect } from 'vitest';
import { driverSettings } from '../../src/database/connection.ts';
import { sqlFailureOf } from '../../src/database/sqlstate.ts';
import type { TestDatabase } from './database.ts';

/** One statement of an attack with its parameters. */
export type Blow = readonly [sql: string, ...parameters: unknown[]];

/** From where somebody with SQL attacks. `replica` switches ordinary triggers and all foreign keys off. */
const FRONTS = ['service', 'owner', 'replica', 'repeatable read', 'serializable'] as const;
export type Front = (typeof FRONTS)[number];

/** What refused: the SQLSTATE and the constraint's name. */
export interface Refusal {
  readonly code: string;
  readonly constraint?: string | undefined;
}

const BEGIN: Readonly<Record<Front, string>> = {
  service: 'BEGIN',
  owner: 'BEGIN',
  replica: 'BEGIN; SET LOCAL session_replication_role = replica',
  'repeatable read': 'BEGIN ISOLATION LEVEL REPEATABLE READ',
  serializable: 'BEGIN ISOLATION LEVEL SERIALIZABLE',
};

/** What a transaction under an older snapshot is refused for, where it would otherwise be let through. */
const ISOLATION = ['allocation_line_isolation', 'movement_isolation', 'location_isolation', 'recovery_point_isolation'];

/** Somebody hostile with SQL, on connections of their own. */
export function attackerOf(database: TestDatabase) {
  const open: Client[] = [];
  const idle = new Map<string, Client[]>();

  afterAll(async () => {
    await Promise.all(open.map((client) => client.end()));
  });

  async function connect(user: 'service' | 'owner' | 'superuser'): Promise<Client> {
    const free = idle.get(user)?.pop();
    if (free) return free;
    const client = new Client(driverSettings(database[user], 'attack'));
    await client.connect();
    open.push(client);
    return client;
  }

  /** A transaction that stays open, so that another one can run beside it. */
  async function begin(front: Front): Promise<Raid> {
    const user =
      front === 'replica' ? 'superuser' : front === 'service' || front === 'serializable' ? 'service' : 'owner';
    const client = await connect(user);
    await client.query(BEGIN[front]);
    const ended = () => idle.set(user, [...(idle.get(user) ?? []), client]);
    const run = async (sql: string, parameters: unknown[] = []): Promise<Refusal | undefined> => {
      try {
        await client.query(sql, parameters);
        return undefined;
      } catch (thrown) {
        return refusalOf(thrown);
      }
    };
    return {
      strike: async (...blows) => {
        for (const [sql, ...parameters] of blows) {
          const refused = await run(sql, parameters);
          if (refused) return refused;
        }
        return undefined;
      },
      copy: (sql, lines) => copyIn(client, sql, lines),
      commit: async () => {
        const refused = await run('COMMIT');
        ended();
        return refused;
      },
      giveUp: async () => {
        await run('ROLLBACK');
        ended();
      },
    };
  }

  /** Runs the blows in one transaction and commits it. Answers what refused it, or undefined when it was let through. */
  async function strike(front: Front, blows: readonly Blow[]): Promise<Refusal | undefined> {
    const raid = await begin(front);
    const refused = await raid.strike(...blows);
    if (!refused) return raid.commit();
    await raid.giveUp();
    return refused;
  }

  /** Runs one COPY ... FROM STDIN in a transaction of its own. */
  async function copy(front: Front, sql: string, lines: string): Promise<Refusal | undefined> {
    const raid = await begin(front);
    const refused = await raid.copy(sql, lines);
    if (!refused) return raid.commit();
    await raid.giveUp();
    return refused;
  }

  return {
    begin,
    strike,
    copy,
    /** Expects that the blows are refused from every front, or from those that are named. */
    async expectRefused(
      attack: (front: Front) => Promise<readonly Blow[]> | readonly Blow[],
      refusal: string | Refusal,
      fronts: readonly Front[] = FRONTS,
    ): Promise<void> {
      const wanted = typeof refusal === 'string' ? { code: '23514', constraint: refusal } : refusal;
      for (const front of fronts) {
        const met = await strike(front, await attack(front));
        const olderSnapshot = front === 'repeatable read' || front === 'serializable';
        if (olderSnapshot && ISOLATION.includes(met?.constraint ?? '')) continue;
        expect({ front, ...met }).toEqual({ front, ...wanted });
      }
    },
  };
}

function refusalOf(thrown: unknown): Refusal {
  const failure = sqlFailureOf(thrown);
  if (!failure) throw thrown;
  return { code: failure.code, ...(failure.constraint === undefined ? {} : { constraint: failure.constraint }) };
}

/** What a connection of the driver can do beyond its types. */
interface CopyConnection {
  query(sql: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

// The driver has no COPY of its own; it runs whatever says how to go on with each of the server's answers.
function copyIn(client: Client, sql: string, lines: string): Promise<Refusal | undefined> {
  return new Promise((resolve) => {
    const copying = {
      submit: (connection: CopyConnection) => connection.query(sql),
      handleCopyInResponse: (connection: CopyConnection) => {
        connection.sendCopyFromChunk(Buffer.from(lines));
        connection.endCopyFrom();
      },
      handleCommandComplete: () => {},
      handleError: (thrown: unknown) => resolve(refusalOf(thrown)),
      handleReadyForQuery: () => resolve(undefined),
    };
    client.query(copying as never);
  });
}

/** One open transaction of an attacker. */
export interface Raid {
  /** Runs the blows until one is refused. */
  strike(...blows: readonly Blow[]): Promise<Refusal | undefined>;
  /** COPY ... FROM STDIN with these lines. */
  copy(sql: string, lines: string): Promise<Refusal | undefined>;
  commit(): Promise<Refusal | undefined>;
  giveUp(): Promise<void>;
}
