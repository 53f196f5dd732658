import { makeOrganizations } from '../phases/organization-steps.js';
import { sourceSchema } from '../plan/source-schema.js';
import { climb } from '../run/lock-ladder.js';
import type { Work } from '../run/work.js';

/** Those that rows stand for and that do not exist yet, and the default one. */
export async function makeMissingOrganizations(work: Work): Promise<void> {
  const { session, progress, catalogue, plan } = work;
  const make = async () => {
    for (const statement of makeOrganizations(work)) await session.run(statement);
  };
  // The plan's condition says which rows they are.
  await session.namingAsIn(sourceSchema(plan.source, catalogue), () =>
    climb(session, 'organizations', make, (line) => progress.say(line)),
  );
}
