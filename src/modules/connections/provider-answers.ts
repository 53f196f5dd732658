import { NoAnswerError, NotSentError, ProviderError } from '../../channels/provider.js';
import { AppError } from '../../platform/http/app-error.js';

const DEFAULT_PAUSE_SECONDS = 30;

/** Asks a provider on behalf of a person who waits: its refusals become ours, in its sentences. */
export async function askingProvider<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw toAppError(error);
  }
}

/** A refusal that another try may undo is told like one that never came. */
function toAppError(error: unknown): unknown {
  if (error instanceof NotSentError || error instanceof NoAnswerError) return away(error.message);
  if (!(error instanceof ProviderError)) return error;
  const { kind, message, retryAfterMs } = error.failure;
  if (kind === 'transient' || kind === 'throttled') return away(message, retryAfterMs);
  return new AppError('provider_refused', 422, message);
}

function away(message: string, retryAfterMs = DEFAULT_PAUSE_SECONDS * 1_000): AppError {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  return new AppError('provider_unavailable', 503, message, undefined, { 'retry-after': String(seconds) });
}

/** Refusals that every route here shares, for the document. */
export const REFUSED_BY_PROVIDER = {
  422: 'A field cannot be accepted, or the provider refuses the token, the ids, or the settings of this server (provider_refused)',
  503: 'The provider is away (provider_unavailable), or the database',
};
