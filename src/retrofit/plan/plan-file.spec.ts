import { RetrofitError } from '../retrofit-error.js';
import { parsePlan } from './plan-file.js';

const EACH = 'version: 1\nsource: { each: users }\n';

describe('parsePlan', () => {
  it('reads every form of a way', () => {
    const { tables } = parsePlan(`${EACH}tables:
  a: { copy: users }
  b: { copy: users, on: accountId = id and "wa id" = "a ""b""" }
  c: { copy: { from: users, on: x = y } }
  d: { copy: [users, { from: a, on: x = y }], conflicts: quarantine, unowned: { give: 7 } }
`);
    expect(tables['a']).toMatchObject({ copy: [{ from: 'users' }], conflicts: null, unowned: 'stop', shared: false });
    expect(tables['b']?.copy[0]?.on).toEqual([
      { child: 'accountId', parent: 'id' },
      { child: 'wa id', parent: 'a "b"' },
    ]);
    expect(tables['c']?.copy).toEqual([{ from: 'users', on: [{ child: 'x', parent: 'y' }] }]);
    expect(tables['d']).toMatchObject({
      copy: [{ from: 'users' }, { from: 'a', on: [{ child: 'x', parent: 'y' }] }],
      conflicts: 'quarantine',
      unowned: { give: '7' },
    });
  });

  it('fills in what need not be said', () => {
    expect(parsePlan(`${EACH}tables: {}`)).toEqual({
      version: 1,
      organization: { table: 'organizations', id: 'id', column: 'organization_id', setting: 'app.organization_id' },
      source: { each: 'users' },
      tables: { users: expect.objectContaining({ copy: [], shared: false }) },
      application: { role: 'organization_app' },
    });
  });

  it.each([
    [
      'tables: { m: { conflicts: maybe, copy: users } }',
      'tables.m.conflicts: expected first or quarantine, found "maybe"',
    ],
    ['tables: { m: { conflits: first, copy: users } }', 'tables.m.conflits: no such key, expected conflicts'],
    ['tables: { m: { copy: [users, { form: a }] } }', 'tables.m.copy[1].form: no such key, expected from'],
    [
      'tables: { m: { copy: users, on: a == b } }',
      'tables.m.on: expected child = parent, as in account_id = id (several joined by and), found "a == b"',
    ],
    [
      'tables: { m: { shared: true, nullable: true } }',
      'tables.m.shared: expected nothing beside it (there is nullable), found true',
    ],
    ['tables: { m: { unowned: { giv: x } } }', 'tables.m.unowned.giv: no such key, expected give'],
    [
      'tables: { m: users }',
      'tables.m: expected a map with copy, shared, nullable, default or existing, found "users"',
    ],
    [
      'tables: {}\norganization: { setting: org }',
      'organization.setting: expected the name of a setting, as in app.organization_id, found "org"',
    ],
    ['', 'tables: expected a map from tables to what becomes of them, found nothing'],
  ])('says what is wrong with %s', (rest, fault) => {
    expect(faultsOf(`${EACH}${rest}`)).toContain(fault);
  });

  it('names all faults at once, those of the sources too', () => {
    expect(faultsOf('version: 2\nsource: { where: a }\ntables: { m: { copy: 3 } }')).toEqual([
      'version: expected 1, found 2',
      'source: expected one of each, default, existing or schemas',
      'tables.m.copy: expected the name of a table, a map with from and on, or a list of them, found 3',
    ]);
  });

  it('says where it is not YAML', () => {
    expect(faultsOf('version: 1\nversion: 1')).toEqual(['Map keys must be unique at line 2, column 1']);
  });
});

function faultsOf(yaml: string): string[] {
  try {
    parsePlan(yaml);
  } catch (error) {
    if (error instanceof RetrofitError) return error.details;
    throw error;
  }
  return [];
}
