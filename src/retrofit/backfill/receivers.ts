import { ident } from '../database/sql.js';
import { organizationsSql } from '../phases/organization-steps.js';
import { RetrofitError } from '../retrofit-error.js';
import type { Work } from '../run/work.js';

/** @throws RetrofitError where the plan gives rows to an organization that does not exist */
export async function checkReceivers({ plan, catalogue, derivations, session }: Work): Promise<void> {
  const receivers = new Set(derivations.flatMap(({ unowned }) => (typeof unowned === 'object' ? [unowned.give] : [])));
  for (const receiver of receivers) {
    const found = await session.rows(
      `SELECT FROM ${organizationsSql({ plan, catalogue })} WHERE ${ident(plan.organization.id)}::text = $1`,
      [receiver],
    );
    if (found.length === 0) throw unknown(receiver);
  }
}

function unknown(receiver: string): RetrofitError {
  return new RetrofitError(
    `The plan gives unowned rows to the organization ${receiver}, which does not exist. Make it, name another one, or name it as source.default. Nothing was given`,
  );
}
