export function toPage<R extends { id: string }>(
  rows: R[],
  limit: number,
  at: (row: R) => Date,
  map: (row: R) => object,
) {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const nextCursor = last ? Buffer.from(`${at(last).toISOString()} ${last.id}`).toString('base64url') : null;
  return { ok: true, data: shown.map(map), pagination: { limit, nextCursor } };
}
