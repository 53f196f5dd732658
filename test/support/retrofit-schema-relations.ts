const acl = (column: string, kind: string, owner: string): string =>
  `ARRAY(SELECT item::text FROM unnest(coalesce(${column}, acldefault('${kind}', ${owner}))) item ORDER BY 1)::text`;
const kindAcl = `CASE c.relkind WHEN 'S' THEN ${acl('c.relacl', 's', 'c.relowner')} ELSE ${acl('c.relacl', 'r', 'c.relowner')} END`;
const RELATION = 'pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace';

/** Queries for one column `line`, about what is a relation or belongs to one. `{mine}` is the condition for schemas `n`. */
export const RELATIONS: readonly string[] = [
  // Tables, views, sequences, composite types, foreign tables.
  `SELECT format('relation %I.%I %s owner %s acl %s options %s persistence %s am %s tablespace %s identity %s rls %s forced %s',
     n.nspname, c.relname, c.relkind, c.relowner::regrole, ${kindAcl}, c.reloptions, c.relpersistence,
     (SELECT amname FROM pg_am WHERE oid = c.relam), c.reltablespace, c.relreplident, c.relrowsecurity, c.relforcerowsecurity) AS line
   FROM ${RELATION} WHERE {mine} AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'c', 'f')`,
  // Columns in their order; numbers of dropped ones do not show.
  `SELECT format('column %I.%I %s %I type %s%s notnull %s default %s identity %s generated %s storage %s compression %s statistics %s options %s acl %s local %s inherited %s',
     n.nspname, c.relname, row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), a.attname,
     format_type(a.atttypid, a.atttypmod),
     ' collate ' || (SELECT collname FROM pg_collation WHERE oid = a.attcollation),
     a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attstorage, a.attcompression,
     coalesce(nullif(a.attstattarget, -1)::text, 'default'), a.attoptions,
     coalesce(ARRAY(SELECT item::text FROM unnest(a.attacl) item ORDER BY 1)::text, '{}'), a.attislocal, a.attinhcount) AS line
   FROM ${RELATION} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
   WHERE {mine} AND c.relkind IN ('r', 'p', 'v', 'm', 'c', 'f')`,
  // Constraints of tables and of domains; without those that PostgreSQL makes for each partition that a key points to.
  `SELECT format('constraint %s %I %s %s deferrable %s %s validated %s local %s inherited %s noinherit %s',
     coalesce(nullif(k.conrelid, 0)::regclass::text, k.contypid::regtype::text), k.conname, k.contype,
     pg_get_constraintdef(k.oid), k.condeferrable, k.condeferred, k.convalidated, k.conislocal, k.coninhcount,
     k.connoinherit AND k.contype IN ('c', 'n')) AS line
   FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
   WHERE {mine} AND NOT EXISTS (SELECT FROM pg_constraint up WHERE up.oid = k.conparentid AND up.conrelid = k.conrelid)`,
  `SELECT format('index %s valid %s ready %s clustered %s identity %s options %s tablespace %s part of %s',
     pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisready, i.indisclustered, i.indisreplident, c.reloptions, c.reltablespace,
     (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = c.oid)) AS line
   FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {mine}`,
  `SELECT format('parent of %s is %s, number %s, bound %s', c.oid::regclass, h.inhparent::regclass, h.inhseqno,
     pg_get_expr(c.relpartbound, c.oid)) AS line
   FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE {mine} AND c.relkind IN ('r', 'p', 'f')`,
  `SELECT format('partitioned %s by %s', c.oid::regclass, pg_get_partkeydef(c.oid)) AS line
   FROM ${RELATION} WHERE {mine} AND c.relkind = 'p'`,
  `SELECT format('view %s is %s', c.oid::regclass, pg_get_viewdef(c.oid)) AS line
   FROM ${RELATION} WHERE {mine} AND c.relkind IN ('v', 'm')`,
  `SELECT format('trigger %s enabled %s', pg_get_triggerdef(t.oid), t.tgenabled) AS line
   FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE {mine} AND NOT t.tgisinternal`,
  `SELECT format('rule %s enabled %s', pg_get_ruledef(r.oid), r.ev_enabled) AS line
   FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE {mine} AND r.rulename <> '_RETURN'`,
  `SELECT format('policy %s %I for %s permissive %s to %s using %s check %s', p.polrelid::regclass, p.polname, p.polcmd,
     p.polpermissive, ARRAY(SELECT role::regrole::text FROM unnest(p.polroles) role ORDER BY 1),
     pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) AS line
   FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {mine}`,
  `SELECT format('sequence %s %s owned by %s', s.seqrelid::regclass, to_jsonb(s) - 'seqrelid',
     (SELECT format('%s.%s %s', d.refobjid::regclass, a.attname, d.deptype) FROM pg_depend d
      JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.refclassid = 'pg_class'::regclass
        AND d.deptype IN ('a', 'i'))) AS line
   FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {mine}`,
  `SELECT 'statistics ' || pg_get_statisticsobjdef(s.oid) AS line
   FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE {mine}`,
];
