import { HANDOFF } from './model-request.js';

/** The longest message that a channel takes. Source: WhatsApp Cloud API, "Text messages". */
const LONGEST_ANSWER = 4_096;
const LONGEST_REASON = 500;
/** Roughly, where an endpoint does not say. */
const CHARACTERS_PER_TOKEN = 4;

/** What a model said: an answer, a wish to hand over, or both. */
export interface Completion {
  text: string | null;
  handoffReason: string | null;
}

/** A model's answer is none that a customer can be sent. The message says why, to the people who take over. */
export class UnusableAnswerError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'UnusableAnswerError';
  }
}

/** Reads the answer of `/chat/completions`. Throws {@link UnusableAnswerError}. */
export function readCompletion(body: string): Completion {
  const [choice] = arrayIn(parsed(body), 'choices');
  const finish = valueIn(choice, 'finish_reason');
  const message = valueIn(choice, 'message');
  if (finish === 'content_filter' || textIn(message, 'refusal') !== null)
    throw new UnusableAnswerError('The model refused to answer');
  if (finish === 'length') throw new UnusableAnswerError('The answer of the model was longer than it may be');
  const [text, handoffReason] = [textIn(message, 'content'), handoffIn(message)];
  if (text === null && handoffReason === null) throw malformed();
  if (text !== null && text.length > LONGEST_ANSWER)
    throw new UnusableAnswerError('The answer of the model was longer than a message may be');
  return { text, handoffReason };
}

/** The tokens that a request took; a guess from its length where the endpoint does not say. */
export function tokensOf(request: string, body: string): number {
  const said = valueIn(valueIn(tryToParse(body), 'usage'), 'total_tokens');
  const isSaid = typeof said === 'number' && Number.isSafeInteger(said) && said >= 0;
  return isSaid ? said : Math.ceil((request.length + body.length) / CHARACTERS_PER_TOKEN);
}

/** The reason that it gives; null where it does not hand over. Any other tool is made up. */
function handoffIn(message: unknown): string | null {
  const [call] = arrayIn(message, 'tool_calls');
  if (call === undefined) return null;
  const called = valueIn(call, 'function');
  if (valueIn(called, 'name') !== HANDOFF) throw malformed();
  const reason = textIn(tryToParse(textIn(called, 'arguments') ?? ''), 'reason');
  return (reason ?? 'The model handed over without a reason').slice(0, LONGEST_REASON);
}

function malformed(): UnusableAnswerError {
  return new UnusableAnswerError('The answer of the model could not be understood');
}

function parsed(body: string): unknown {
  const value = tryToParse(body);
  if (value === undefined) throw malformed();
  return value;
}

function tryToParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function valueIn(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined;
}

function arrayIn(object: unknown, name: string): unknown[] {
  const value = valueIn(object, name);
  return Array.isArray(value) ? value : [];
}

/** Text that says something, as Postgres can keep it. */
function textIn(object: unknown, name: string): string | null {
  const value = valueIn(object, name);
  const text = typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed().trim() : '';
  return text === '' ? null : text;
}
