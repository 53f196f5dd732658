const NAMED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that a page shows as it is. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => NAMED[letter] ?? letter);
}
