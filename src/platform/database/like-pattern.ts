/**
 * Text as (I)LIKE reads it literally: otherwise 100% would find 1000. Prisma's `contains` hands it on as it is, so it needs
 * this too. Source: PostgreSQL manual, "LIKE".
 */
export function literal(text: string): string {
  return text.replace(/[\\%_]/g, String.raw`\$&`);
}
