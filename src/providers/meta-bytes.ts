/** JSON as Meta writes it: non-ASCII as `\uXXXX` in lower case, slashes as `\/`. Its signature is over these bytes. */
export function escapeAsMeta(json: string): string {
  const hex = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replaceAll('/', '\\/').replaceAll(/[\u0080-\uffff]/g, hex);
}
