/** A script as pg_dump 15 writes it, of one table of rows and what fools those who only look for lines. */
export function pgScript(rows = 200, word: string | undefined = 'dkXcBlQ'): string {
  const row = (_: unknown, index: number) =>
    `${index}\tname é ${index}\t${index % 3 === 0 ? '\\N' : `tab\\t${index}`}\n`;
  return `--
-- PostgreSQL database dump
--

${word === undefined ? '' : `\\restrict ${word}\n\n`}-- Dumped from database version 15.18
-- Dumped by pg_dump version 15.18

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

--
-- Name: FUNCTION f(); Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON FUNCTION public.f() IS 'it''s
-- PostgreSQL database dump complete
';

CREATE FUNCTION public.f() RETURNS text LANGUAGE plpgsql AS $x$ begin return $$
COPY public.none (x) FROM stdin;
$$; end $x$;

CREATE VIEW public.v AS SELECT E'a\\\\'' b;' AS "c ""; --" /* ; ' */;

CREATE TABLE public."a ""(b" (
    id integer,
    name text,
    note text DEFAULT ';'
);

COPY public."a ""(b" (id, "na(me,
x", note) FROM stdin;
${Array.from({ length: rows }, row).join('')}\\.


COPY public.nothing  FROM stdin;


\\.


--
-- PostgreSQL database dump complete
--

${word === undefined ? '' : `\\unrestrict ${word}\n\n`}`;
}

/** A script of pg_dumpall around those of its databases. */
export function clusterScript(...databases: readonly string[]): string {
  return `--
-- PostgreSQL database cluster dump
--

\\restrict outer

CREATE ROLE postgres;

\\unrestrict outer

${databases.map((script) => `\\connect shop\n\n${script}`).join('')}--
-- PostgreSQL database cluster dump complete
--

`;
}

/** A script of mysqldump or mariadb-dump. */
export function mySqlScript(first = '-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)'): string {
  const rows = Array.from({ length: 2000 }, (_, index) => `(${index},'it\\'s -- \\n row ${index}')`).join(',');
  return `${first}
--
-- Host: localhost    Database: shop
-- ------------------------------------------------------
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;

DROP TABLE IF EXISTS \`orders\`;
CREATE TABLE \`orders\` (
  \`id\` int NOT NULL,
  \`note\` text
) ENGINE=InnoDB;

LOCK TABLES \`orders\` WRITE;
INSERT INTO \`orders\` VALUES ${rows};
UNLOCK TABLES;

DELIMITER ;;
CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW BEGIN
-- Dump completed by hand
END ;;
DELIMITER ;

-- Dump completed on 2026-11-29 16:37:51
`;
}
