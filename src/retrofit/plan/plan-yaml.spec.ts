import fc from 'fast-check';
import { NOTHING_DECIDED } from './draft-ways.js';
import { parsePlan } from './plan-file.js';
import { planYaml } from './plan-yaml.js';
import type { Plan } from './plan.js';

const PLAN: Plan = {
  version: 1,
  organization: { table: 'organizations', id: 'id', column: 'organization_id', setting: 'app.organization_id' },
  source: { each: 'users', where: "role = 'admin'", name: 'email', default: { id: '001', name: 'yes' } },
  tables: {
    users: {
      ...NOTHING_DECIDED,
      copy: [{ from: 'users', on: [{ child: 'parent_account_id', parent: 'account_id' }] }],
    },
    jobs: {
      ...NOTHING_DECIDED,
      copy: [{ from: 'users' }, { from: 'jobs' }],
      conflicts: 'first',
      unowned: { give: '7' },
    },
    roles: { ...NOTHING_DECIDED, shared: true },
  },
  application: { role: 'organization_app' },
};

describe('planYaml', () => {
  it('writes a table on a line, below what is to be said of it', () => {
    const yaml = planYaml(PLAN, new Map([['tables.jobs', ['12 rows disagree', 'choose']]]));
    expect(yaml).toContain(`tables:
  users: { copy: users, on: parent_account_id = account_id }
  # 12 rows disagree
  # choose
  jobs: { copy: [ users, jobs ], conflicts: first, unowned: { give: "7" } }
  roles: { shared: true }
`);
    expect(parsePlan(yaml)).toEqual(PLAN);
  });

  it('is read back as it was, whatever things are called', () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' }),
      fc.constantFrom('and', 'a = b', 'x\ny', 'no', '1', '"'),
    );
    fc.assert(
      fc.property(name, name, name, fc.string(), (child, parent, id, comment) => {
        const on = [
          { child, parent },
          { child: parent, parent: child },
        ];
        const tables = {
          users: {
            ...NOTHING_DECIDED,
            copy: [
              { from: 'users', on },
              { from: 'users', on },
            ],
          },
          one: { ...NOTHING_DECIDED, copy: [{ from: 'users', on }] },
        };
        const plan: Plan = { ...PLAN, tables, source: { each: 'users', where: id, default: { id, name: parent } } };
        expect(parsePlan(planYaml(plan, new Map([['tables.one', [comment]]])))).toEqual(plan);
      }),
    );
  });
});
