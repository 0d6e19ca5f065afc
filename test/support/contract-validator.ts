import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import * as ajvFormats from 'ajv-formats';
import { parse } from 'yaml';
import type { ExchangeRecord } from '../../src/emulators/index.ts';

/** One way in which an exchange leaves its contract. */
export interface Violation {
  /** Method and path, without the query. */
  readonly exchange: string;
  readonly side: 'request' | 'response';
  readonly message: string;
}

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly explode?: boolean;
  readonly schema: { readonly type?: string | readonly string[]; readonly items?: { readonly type?: string } };
}

type Content = Readonly<Record<string, { readonly schema?: object }>>;

interface Answer {
  readonly $ref?: string;
  readonly content?: Content;
}

interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Route {
  readonly template: string;
  readonly pattern: RegExp;
  readonly method: string;
  readonly operation: Operation;
  readonly parameters: readonly Parameter[];
  /** JSON pointer of the operation. */
  readonly pointer: string;
}

const documentID = 'contract';

/** Contracts that were read already: reading and compiling one takes longer than most tests. */
const loaded = new Map<string, Contract>();

/**
 * Checks exchanges against a contract of `contracts/`: path, query, headers and body of the request, status and body of the
 * answer. An answer that a fault has tampered with is not checked, its request is.
 */
export class ContractValidator {
  readonly #contract: Contract;
  readonly #violations: Violation[] = [];
  #checked = 0;

  private constructor(contract: Contract) {
    this.#contract = contract;
  }

  /** `name`: the file in `contracts/` without `.openapi.yaml`. */
  static load(name: string): ContractValidator {
    const known = loaded.get(name);
    const contract = known ?? Contract.read(name);
    loaded.set(name, contract);
    return new ContractValidator(contract);
  }

  /** Takes an exchange; to be given to an emulator as its `onExchange`. */
  readonly onExchange = (exchange: ExchangeRecord): void => {
    this.#checked += 1;
    this.#violations.push(...this.check(exchange));
  };

  /** How many exchanges it has taken. */
  get checked(): number {
    return this.#checked;
  }

  get violations(): readonly Violation[] {
    return this.#violations;
  }

  /** Throws with every violation so far. */
  assertNone(): void {
    if (this.#violations.length === 0) return;
    const lines = this.#violations.map(({ exchange, side, message }) => `  ${exchange}, ${side}: ${message}`);
    throw new Error(`${lines.length} violations of the contract:\n${[...new Set(lines)].join('\n')}`);
  }

  /** What is wrong with an exchange; nothing where it keeps its contract. */
  check(exchange: ExchangeRecord): readonly Violation[] {
    return this.#contract.check(exchange);
  }
}

/** A contract with its compiled schemas. */
class Contract {
  readonly #document: Document;
  readonly #routes: readonly Route[];
  readonly #ajv: Ajv2020;
  readonly #compiled = new Map<string, ValidateFunction>();

  private constructor(document: object) {
    this.#document = document as Document;
    this.#ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
    // The package is CommonJS with a default export beside its module object.
    (ajvFormats.default as unknown as (ajv: Ajv2020) => void)(this.#ajv);
    this.#ajv.addSchema({ ...document, $id: documentID });
    this.#routes = routesOf(this.#document, (reference) => this.#resolve(reference));
  }

  static read(name: string): Contract {
    const file = new URL(`../../contracts/${name}.openapi.yaml`, import.meta.url);
    return new Contract(parse(readFileSync(file, 'utf8')) as object);
  }

  check(exchange: ExchangeRecord): readonly Violation[] {
    const { request, response } = exchange;
    const name = `${request.method} ${request.path}`;
    const route = this.#routes.find((candidate) => candidate.method === request.method && candidate.pattern.test(request.path));
    if (route === undefined) return [{ exchange: name, side: 'request', message: 'no such operation in the contract' }];
    const wrongRequest = [...this.#checkParameters(route, request), ...this.#checkRequestBody(route, request)];
    const wrongResponse = response === undefined || exchange.tampered ? [] : this.#checkResponse(route, response);
    return [
      ...wrongRequest.map((message): Violation => ({ exchange: name, side: 'request', message })),
      ...wrongResponse.map((message): Violation => ({ exchange: name, side: 'response', message })),
    ];
  }

  #checkParameters(route: Route, request: ExchangeRecord['request']): readonly string[] {
    const values = route.pattern.exec(request.path)?.groups ?? {};
    const declared = new Set(route.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name));
    const undeclared = [...new Set(request.query.keys())].filter((name) => !declared.has(name));
    const wrong = route.parameters.flatMap((parameter) => {
      const texts = textsOf(parameter, request, values);
      if (texts.length === 0) return parameter.required === true ? [`${parameter.in} parameter ${parameter.name} is missing`] : [];
      const index = route.parameters.indexOf(parameter);
      return this.#problems(this.#parameterPointer(route, index), parameter.schema, typed(parameter, texts)).map(
        (problem) => `${parameter.in} parameter ${parameter.name} ${problem}`,
      );
    });
    return [...undeclared.map((name) => `query parameter ${name} is not in the contract`), ...wrong];
  }

  #checkRequestBody(route: Route, request: ExchangeRecord['request']): readonly string[] {
    const { requestBody } = route.operation;
    if (requestBody === undefined) return request.body === '' ? [] : ['a body where the contract has none'];
    if (request.body === '') return requestBody.required === true ? ['the body is missing'] : [];
    return this.#checkContent(`${route.pointer}/requestBody`, requestBody.content, request.headers['content-type'], request.body);
  }

  #checkResponse(route: Route, response: NonNullable<ExchangeRecord['response']>): readonly string[] {
    const key = route.operation.responses[String(response.status)] === undefined ? 'default' : String(response.status);
    const declared = route.operation.responses[key];
    if (declared === undefined) return [`status ${response.status} is not in the contract`];
    const pointer = declared.$ref?.slice(1) ?? `${route.pointer}/responses/${key}`;
    const answer = declared.$ref === undefined ? declared : (this.#resolve(declared.$ref) as Answer);
    if (answer.content === undefined)
      return response.body === '' ? [] : [`status ${response.status} has a body where the contract has none`];
    return this.#checkContent(pointer, answer.content, response.headers['content-type'], response.body).map(
      (problem) => `status ${response.status}: ${problem}`,
    );
  }

  #checkContent(pointer: string, content: Content, contentType: string | undefined, body: string): readonly string[] {
    const type = contentType?.split(';')[0]?.trim() ?? '';
    const media = content[type];
    if (media === undefined) return [`content type ${type === '' ? '(none)' : type} is not in the contract`];
    if (media.schema === undefined) return [];
    const value = parsed(type, body);
    if (value === undefined) return ['the body can not be read'];
    return this.#problems(`${pointer}/content/${escaped(type)}/schema`, media.schema, value);
  }

  #problems(pointer: string, schema: object, value: unknown): readonly string[] {
    const known = this.#compiled.get(pointer);
    const validate = known ?? this.#compile(pointer, schema);
    if (known === undefined) this.#compiled.set(pointer, validate);
    return validate(value) ? [] : (validate.errors ?? []).map(textOf);
  }

  /** Refers into the whole document, so that references between its schemas resolve. */
  #compile(pointer: string, schema: object): ValidateFunction {
    const reference = '$ref' in schema && typeof schema.$ref === 'string' ? schema.$ref : `#${pointer}`;
    return this.#ajv.compile({ $ref: `${documentID}${reference}` });
  }

  #parameterPointer(route: Route, index: number): string {
    const parameter = route.parameters[index];
    return parameter?.$ref === undefined ? `${pointerOfParameter(route, parameter)}/schema` : `${parameter.$ref.slice(1)}/schema`;
  }

  #resolve(reference: string): unknown {
    return reference
      .slice(2)
      .split('/')
      .reduce<unknown>((value, part) => (value as Readonly<Record<string, unknown>>)[unescaped(part)], this.#document);
  }
}

/** Where a parameter stands: at the operation or at its path. */
function pointerOfParameter(route: Route, parameter: Parameter | undefined): string {
  const own = route.operation.parameters ?? [];
  const same = (candidate: Parameter): boolean => candidate.name === parameter?.name && candidate.in === parameter.in;
  const index = own.findIndex(same);
  if (index >= 0) return `${route.pointer}/parameters/${index}`;
  const shared = route.parameters.filter((candidate) => !own.some((mine) => mine.name === candidate.name && mine.in === candidate.in));
  return `${route.pointer.slice(0, route.pointer.lastIndexOf('/'))}/parameters/${shared.findIndex(same)}`;
}

const methods = ['get', 'post', 'put', 'patch', 'delete'];

function routesOf(document: Document, resolve: (reference: string) => unknown): readonly Route[] {
  const routes = Object.entries(document.paths).flatMap(([template, item]) => {
    const shared = (item.parameters ?? []) as readonly Parameter[];
    return Object.entries(item)
      .filter(([method]) => methods.includes(method))
      .map(([method, value]): Route => {
        const operation = value as Operation;
        const parameters = [...shared, ...(operation.parameters ?? [])].map((parameter) =>
          parameter.$ref === undefined ? parameter : { ...(resolve(parameter.$ref) as Parameter), $ref: parameter.$ref },
        );
        return {
          template,
          pattern: patternOf(template),
          method: method.toUpperCase(),
          operation,
          parameters,
          pointer: `/paths/${escaped(template)}/${method}`,
        };
      });
  });
  // A literal segment wins over a place: /users/external_id/x is no user called external_id.
  return routes.sort((a, b) => placesIn(a.template) - placesIn(b.template));
}

function patternOf(template: string): RegExp {
  const source = template
    .split(/(\{[^}]+\})/)
    .map((part) => (part.startsWith('{') ? `(?<${groupName(part.slice(1, -1))}>[^/]+)` : RegExp.escape(part)))
    .join('');
  return new RegExp(`^${source}$`);
}

/** A parameter's name may have characters that a group's may not. */
function groupName(name: string): string {
  return name.replaceAll(/\W/g, '_');
}

function placesIn(template: string): number {
  return template.split('{').length - 1;
}

function textsOf(
  parameter: Parameter,
  request: ExchangeRecord['request'],
  values: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  switch (parameter.in) {
    case 'path':
      return [decodeURIComponent(values[groupName(parameter.name)] ?? '')];
    case 'query':
      return request.query.getAll(parameter.name);
    case 'header':
      return [request.headers[parameter.name.toLowerCase()]].filter((value) => value !== undefined);
  }
}

/** The value that the texts stand for by the parameter's schema; texts that can't be converted stay and are refused by it. */
function typed(parameter: Parameter, texts: readonly string[]): unknown {
  const { type, items } = parameter.schema;
  if (type === 'array') {
    const parts = parameter.explode === false ? texts.flatMap((text) => text.split(',')) : texts;
    return parts.map((text) => scalar(items?.type, text));
  }
  // Twice the same parameter where one is allowed: no scalar, so it is refused.
  return texts.length > 1 ? texts : scalar(typeof type === 'string' ? type : undefined, texts[0] ?? '');
}

function scalar(type: string | undefined, text: string): unknown {
  if (type === 'integer' || type === 'number') return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (type === 'boolean') return text === 'true' || text === 'false' ? text === 'true' : text;
  return text;
}

function parsed(type: string, body: string): unknown {
  if (type === 'application/x-www-form-urlencoded') return Object.fromEntries(new URLSearchParams(body));
  if (!/[/+]json$/.test(type)) return body;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function textOf(error: ErrorObject): string {
  return `${error.instancePath} ${error.message ?? 'is wrong'} ${JSON.stringify(error.params)}`.trim();
}

function escaped(text: string): string {
  return encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function unescaped(text: string): string {
  return decodeURIComponent(text).replaceAll('~1', '/').replaceAll('~0', '~');
}
