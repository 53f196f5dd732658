/** A statement that looks across organizations: which file sends it, and of which tables it reads everybody's rows. */
export interface PlatformStatement {
  file: string;
  statement: RegExp;
  across: string[];
}

/** Every statement of the system role that names no organization. `sql-rules.e2e-spec.ts` holds the list against the sources. */
export const PLATFORM_STATEMENTS: readonly PlatformStatement[] = [
  {
    file: 'src/modules/auth/accounts.system-repository.ts',
    statement:
      /from "users" as "u" inner join "organizations" as "o" on "o"\."id" = "u"\."org_id" where "u"\."(email|username)" in/,
    across: ['users', 'organizations'],
  },
  {
    file: 'src/modules/organizations/organizations.system-repository.ts',
    statement:
      /^SELECT (COUNT\(\*\) AS "_count\$_all" FROM \(SELECT )?"public"\."organizations"\."id".* FROM "public"\."organizations" WHERE/,
    across: ['organizations'],
  },
  {
    file: 'src/modules/integrations/integrations.system-repository.ts',
    statement: /^select .* from "integrations" where \("org_id", "id"\) > \(\$1, \$2\)/,
    across: ['integrations'],
  },
];
