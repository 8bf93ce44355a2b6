/** How the programs that write dumps begin the messages that belong on the screen. */
const MESSAGE = /^(pg_dump|pg_dumpall|mysqldump|mysqlpump|mariadb-dump)(\.exe)?: .*/;

/**
 * The message of a dump program that stands where its dump should go on: "success" of a script that wrote both into one
 * file. `text` starts at the start of a line. Undefined when there is none.
 */
export function dumpErrorIn(text: string): string | undefined {
  return MESSAGE.exec(text)?.[0];
}
