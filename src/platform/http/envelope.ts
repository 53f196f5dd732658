/** How the answer is wrapped: `data`, a list with its pagination, fields beside `ok`, or not at all: text, or a file's bytes. */
export type Envelope = 'data' | 'offset list' | 'cursor list' | 'top level' | 'raw' | 'file';

type Handler = (...args: unknown[]) => unknown;

/** Makes a controller's method answer in its envelope. */
export function wrapAnswers(envelope: Envelope) {
  return (_target: object, _key: string | symbol, method: PropertyDescriptor): void => {
    const handle: unknown = method.value;
    if (envelope === 'raw' || envelope === 'file' || !isHandler(handle)) return;
    const wrapped = async function (this: unknown, ...args: unknown[]): Promise<object> {
      return wrap(await handle.apply(this, args), envelope);
    };
    method.value = Object.defineProperty(wrapped, 'name', { value: handle.name });
  };
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}

function wrap(value: unknown, envelope: Exclude<Envelope, 'raw' | 'file'>): object {
  if (envelope === 'data') return { ok: true, data: value };
  if (envelope === 'top level') return Object.assign({ ok: true }, value);
  if (isPage(value)) return { ok: true, data: value.items, pagination: value.pagination };
  throw new TypeError('An endpoint that answers with a list must return { items, pagination }');
}

function isPage(value: unknown): value is { items: unknown[]; pagination: object } {
  return typeof value === 'object' && value !== null && 'items' in value && 'pagination' in value;
}
