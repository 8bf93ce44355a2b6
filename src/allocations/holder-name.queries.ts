/**
 * The name of the holder of an allocation `a`. Subqueries, not joins: the tables are small, and PostgreSQL would spend more
 * time on the order of so many joins than on the whole page.
 */
export const HOLDER_NAME = `coalesce(
  (SELECT name FROM principal WHERE id = a.holder_principal_id),
  (SELECT name FROM service WHERE id = a.holder_service_id),
  (SELECT name FROM project WHERE id = a.holder_project_id))`;

/** The name of the service of an allocation `a`. */
export const SERVICE_NAME = '(SELECT name FROM service WHERE id = a.service_id)';
