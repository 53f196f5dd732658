import { sql } from 'kysely';
import type { CompiledQuery, RawBuilder } from 'kysely';
import type { Sql } from './kysely-driver.js';

/** Where each value goes, while a statement is built. */
export type Places<V> = { [K in keyof V]: RawBuilder<Exclude<V[K], undefined>> };

/** What Kysely's builders have in common. */
interface Built<R> {
  compile(database: Sql): CompiledQuery<R>;
}

/** A value's place in a compiled statement. */
class Place {
  constructor(readonly name: string) {}
}

/**
 * A statement that is built and compiled once for each set of values that it is given, told by their names, and not for every
 * request. What `build` does may depend on which places there are, and on nothing else.
 */
export class PreparedStatement<V extends object, R> {
  private readonly shapes = new Map<string, CompiledQuery<R>>();

  constructor(private readonly build: (database: Sql, places: Places<V>) => Built<R>) {}

  /** Ready to run. A value that is undefined is as good as absent. */
  with(database: Sql, values: V): CompiledQuery<R> {
    const shape = this.shapeOf(database, values);
    const parameters = shape.parameters.map((value) => (value instanceof Place ? valueOf(values, value.name) : value));
    return { ...shape, parameters };
  }

  private shapeOf(database: Sql, values: V): CompiledQuery<R> {
    let key = '';
    for (const name in values) if (values[name] !== undefined) key += `${name} `;
    const known = this.shapes.get(key);
    if (known) return known;
    const shape = this.compile(database, key.trimEnd().split(' '));
    this.shapes.set(key, shape);
    return shape;
  }

  private compile(database: Sql, names: string[]): CompiledQuery<R> {
    const places = Object.fromEntries(names.map((name) => [name, sql`${new Place(name)}`]));
    return sendOnce(this.build(database, places as Places<V>).compile(database)); // The names are those of V's values.
  }
}

/** Kysely numbers a value anew wherever it stands; it is sent, and read by Postgres, once. */
function sendOnce<R>(query: CompiledQuery<R>): CompiledQuery<R> {
  const parameters: unknown[] = [];
  const numbers = query.parameters.map((value) => {
    const known = value instanceof Place ? parameters.indexOf(value) : -1;
    return known === -1 ? parameters.push(value) : known + 1;
  });
  return {
    ...query,
    parameters,
    sql: query.sql.replace(/\$(\d+)/g, (_, place: string) => `$${numbers[Number(place) - 1]}`),
  };
}

function valueOf(values: object, name: string): unknown {
  return Reflect.get(values, name);
}
