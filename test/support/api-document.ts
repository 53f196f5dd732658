import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** What is served beside what the document describes: the document itself, and routes that tests add. */
const BESIDE = /^\/(docs|openapi\.json|probe\/)/;
const FAILURE = '#/components/schemas/Failure';

export type JsonSchema = Record<string, unknown> & {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  required?: string[];
};

interface Content {
  content?: Record<string, { schema: JsonSchema }>;
}

export interface Operation {
  operationId: string;
  parameters?: { name: string; in: 'path' | 'query'; required?: boolean; schema: JsonSchema }[];
  requestBody?: Content;
  responses: Record<string, Content>;
  security?: object[];
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema> };
}

/** An answer, with what it answers to. */
export interface Exchange {
  method: string;
  path: string;
  status: number;
  type: string;
  body: unknown;
}

/** An OpenAPI document as a judge of answers. Schemas are compiled when they are first needed, once. */
export class ApiDocument {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly routes: { pattern: RegExp; path: string }[];

  constructor(readonly document: OpenApi) {
    formats.default(this.ajv);
    this.ajv.addSchema({ $id: 'api', ...document });
    this.routes = Object.keys(document.paths)
      .toSorted((a, b) => placeholdersIn(a) - placeholdersIn(b))
      .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }));
  }

  /** What the document does not say of this answer, in words; empty where it says all. */
  faultsOf({ method, path, status, type, body }: Exchange): string[] {
    if (method === 'OPTIONS' || method === 'HEAD' || BESIDE.test(path)) return [];
    const route = this.routes.find(({ pattern }) => pattern.test(path))?.path ?? '';
    const operation = this.document.paths[route]?.[method.toLowerCase()];
    if (!operation) return status === 404 ? this.faultsIn(FAILURE, body) : ['it is of a route that is not documented'];
    const content = operation.responses[status]?.content;
    if (!content) return [`its status ${status} is not documented`];
    if (content['*/*']) return [];
    if (!content[type]) return [`its type ${type} is not documented`];
    const steps = ['paths', route, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'];
    return this.faultsIn(`#/${steps.map(escape).join('/')}`, body);
  }

  /** What is wrong with a value by the schema at a JSON pointer. */
  faultsIn(pointer: string, value: unknown): string[] {
    const validate = this.ajv.getSchema(`api${pointer}`);
    if (!validate) throw new Error(`The document has no schema at ${pointer}`);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || 'the body'} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  }
}

function placeholdersIn(path: string): number {
  return path.split('{').length;
}

/** A step of a JSON pointer in a URI. */
function escape(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));
}
