/** Lists of the Graph API, which come in pages. Source: Graph API, paginated results. */

import type { Http } from './provider.js';
import type { JsonObject } from './json.js';
import { textOf } from './fields.js';
import { bearer, callGraph, graphUrl, type GraphProduct } from './meta.graph.js';
import { isJsonObject, objectsIn } from './storable.js';

const ROWS_AT_ONCE = 100;
/** Against a list that has no end. */
const MOST_REQUESTS = 50;

export interface GraphList {
  apiUrl: string;
  path: string[];
  query: Record<string, string>;
  accessToken: string;
}

/** All rows of a list. Goes on by cursor: the address that an answer names for it has the token in it. */
export async function listGraph(list: GraphList, product: GraphProduct, http: Http): Promise<JsonObject[]> {
  const rows: JsonObject[] = [];
  let after: string | null = null;
  for (let request = 0; request < MOST_REQUESTS; request += 1) {
    const query = { ...list.query, limit: String(ROWS_AT_ONCE), ...(after !== null && { after }) };
    const url = graphUrl(list.apiUrl, list.path, query);
    const answer = await callGraph({ method: 'GET', url, headers: bearer(list.accessToken) }, product, http);
    rows.push(...objectsIn(answer.data));
    after = nextOf(answer);
    if (after === null) break;
  }
  return rows;
}

function nextOf({ paging }: JsonObject): string | null {
  if (!isJsonObject(paging) || textOf(paging.next) === null || !isJsonObject(paging.cursors)) return null;
  return textOf(paging.cursors.after);
}
