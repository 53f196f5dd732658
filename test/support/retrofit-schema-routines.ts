/** Objects of other kinds, which a dump would show, by what PostgreSQL calls them. */
const NAMED = [
  'operator',
  'opclass',
  'opfamily',
  'cast',
  'conversion',
  'collation',
  'ts_config',
  'ts_dict',
  'extension',
  'event_trigger',
  'publication',
  'foreign_server',
  'language',
];

const acl = (column: string, kind: string, owner: string): string =>
  `ARRAY(SELECT item::text FROM unnest(coalesce(${column}, acldefault('${kind}', ${owner}))) item ORDER BY 1)::text`;

/** Queries as those of `RELATIONS`, about schemas, functions, types and what remains. */
export const ROUTINES: readonly string[] = [
  `SELECT format('schema %I owner %s acl %s', n.nspname, n.nspowner::regrole, ${acl('n.nspacl', 'n', 'n.nspowner')}) AS line
   FROM pg_namespace n WHERE {mine}`,
  `SELECT format('function %s %s owner %s acl %s', p.oid::regprocedure,
     CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid)
          ELSE (SELECT (to_jsonb(a) - 'aggfnoid')::text FROM pg_aggregate a WHERE a.aggfnoid = p.oid) END,
     p.proowner::regrole, ${acl('p.proacl', 'f', 'p.proowner')}) AS line
   FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {mine}`,
  `SELECT format('type %s %s owner %s acl %s domain of %s notnull %s default %s labels %s range of %s', t.oid::regtype, t.typtype,
     t.typowner::regrole, ${acl('t.typacl', 'T', 't.typowner')}, format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typnotnull,
     t.typdefault, ARRAY(SELECT enumlabel FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder),
     (SELECT rngsubtype::regtype FROM pg_range WHERE rngtypid = t.oid)) AS line
   FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE {mine} AND t.typtype IN ('d', 'e', 'r', 'm')`,
  `SELECT format('default rights %s %s %s %s', d.defaclrole::regrole, d.defaclnamespace::regnamespace, d.defaclobjtype,
     ARRAY(SELECT item::text FROM unnest(d.defaclacl) item ORDER BY 1)) AS line
   FROM pg_default_acl d`,
  `SELECT format('comment on %s %s: %s', o.type, o.identity, d.description) AS line
   FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) o
   WHERE (d.objoid >= 16384 OR d.objoid = 'public'::regnamespace) AND coalesce(o.schema, '') <> ALL ($1::text[])`,
  `SELECT format('label on %s %s: %s %s', objtype, objname, provider, label) AS line FROM pg_seclabels`,
  `SELECT format('published %s in %s', prrelid::regclass, pubname) AS line
   FROM pg_publication_rel JOIN pg_publication p ON p.oid = prpubid`,
  ...NAMED.map(
    (kind) => `SELECT format('%s %s', o.type, o.identity) AS line
   FROM pg_${kind} x, pg_identify_object('pg_${kind}'::regclass, x.oid, 0) o WHERE x.oid >= 16384`,
  ),
];
