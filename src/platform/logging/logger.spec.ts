import { describe, expect, it } from '@jest/globals';
import { logger } from './logger.js';
import { catchLogLines } from '../../../test/support/log-lines.js';

const SECRET = 'hunter2-and-more';
const lines = catchLogLines();

describe('A log line', () => {
  it.each([
    'authorization',
    'cookie',
    'password',
    'token',
    'accessToken',
    'refreshToken',
    'secret',
    'key',
    'apiKey',
    'text',
  ])('hides %s, at every depth that is logged', (name) => {
    logger.info({ [name]: SECRET, a: { [name]: SECRET, b: { [name]: SECRET } } }, 'x');
    expect(lines).toMatchObject([{ [name]: '[hidden]', a: { [name]: '[hidden]', b: { [name]: '[hidden]' } } }]);
  });

  it('says of an error what it is, and nothing of the row that Postgres or Prisma quote in it', () => {
    const detail = `Failing row contains (org_acme, ${SECRET}).`;
    const violation = Object.assign(new Error('null value in column "oa_id"'), { code: '23502', detail });
    const call = `Invalid \`create()\` invocation: { data: { text: "${SECRET}" } }\n\nArgument \`oaId\` is missing.`;
    logger.error({ err: new Error(call, { cause: violation }) }, 'x');
    expect(lines).toMatchObject([
      {
        err: {
          type: 'Error',
          message: 'Argument `oaId` is missing.',
          cause: { code: '23502', message: 'null value in column "oa_id"' },
        },
      },
    ]);
    expect(JSON.stringify(lines)).toContain('logger.spec.ts');
    expect(JSON.stringify(lines)).not.toContain(SECRET);
  });
});
