import type request from 'supertest';

/** A well-formed id of no row. */
export const UNKNOWN_ID = '018f0000-0000-7000-8000-000000000000';

/** An answer as two requests can share it: status and body, without the id of its request. */
export function answer({ status, body }: request.Response): object {
  const { error, ...rest } = body;
  if (error === undefined) return { status, ...rest };
  const { requestId: _, ...said } = error;
  return { status, ...rest, error: said };
}

/** The fields that a 422 names. */
export function faultyFields({ body }: request.Response): string[] {
  return body.error.details.map(({ path }: { path: string }) => path);
}
