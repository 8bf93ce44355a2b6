import { readdir } from 'node:fs/promises';
import type { MigrationInterface } from 'typeorm';

/** Every migration class of this release, oldest first. In a bundle another module stands in for this one: it names them. */
export async function loadMigrations(): Promise<(new () => MigrationInterface)[]> {
  const directory = new URL('./migrations/', import.meta.url);
  const files = (await readdir(directory)).filter((file) => file.endsWith('.ts')).sort();
  const modules = await Promise.all(files.map((file) => import(new URL(file, directory).href)));
  return modules.flatMap((module) => Object.values(module) as (new () => MigrationInterface)[]);
}
