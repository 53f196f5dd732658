import { describe, expect, it } from '@jest/globals';
import { violatedConstraint } from './database-errors.js';

describe('The violated constraint', () => {
  it.each([
    ['of one machine', { message: 'duplicate key', constraint: 'users_org_id_email_key' }, 'users_org_id_email_key'],
    [
      'of one machine, as Prisma passes it on',
      { message: 'x', cause: { constraint: { index: 'users_org_id_email_key' } } },
      'users_org_id_email_key',
    ],
    [
      "of a cluster's worker, which says it in its sentence alone, with the number of the shard",
      { message: 'duplicate key value violates unique constraint "users_org_id_email_key_102040"' },
      'users_org_id_email_key',
    ],
    [
      "of a cluster's worker, as Prisma passes it on",
      {
        message: 'Unique constraint failed',
        meta: {
          driverAdapterError: {
            message: 'UniqueConstraintViolation',
            cause: {
              originalMessage: 'duplicate key value violates unique constraint "organization_names_pkey_102009"',
            },
          },
        },
      },
      'organization_names_pkey',
    ],
    [
      'that is a reference',
      {
        message:
          'insert or update on table "integrations_102100" violates foreign key constraint "integrations_org_id_chatbot_id_fkey_102100"',
      },
      'integrations_org_id_chatbot_id_fkey',
    ],
    ['of anything else', { message: 'null value in column "name" violates not-null constraint' }, null],
  ])('%s', (_, error, name) => {
    expect(violatedConstraint(error)).toBe(name);
  });
});
