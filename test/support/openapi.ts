/**
 * Holds requests and answers against Intercom's published API description. It is not part of this
 * project: without the file beside the checkout there is nothing to compare with, and the caller
 * skips, loudly.
 */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

const file = new URL('../../../shared/intercom-openapi/api.intercom.io-2.16.yaml', import.meta.url);

/** The reason to give to `skip` when {@link loadIntercomDescription} has found nothing. */
export const descriptionMissing =
  'SKIPPED: Intercom’s API description is missing. Put api.intercom.io-2.16.yaml into ../shared/intercom-openapi/.';

const Schema = z.object({
  $ref: z.string().optional(),
  type: z.string().optional().catch(undefined),
  nullable: z.boolean().optional(),
  enum: z.array(z.unknown()).optional(),
  required: z.array(z.string()).optional().catch(undefined),
  maxItems: z.number().optional(),
  maximum: z.number().optional(),
  get properties() {
    return z.record(z.string(), Schema).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), Schema]).optional();
  },
  get items() {
    return Schema.optional();
  },
  get allOf() {
    return z.array(Schema).optional();
  },
  get anyOf() {
    return z.array(Schema).optional();
  },
  get oneOf() {
    return z.array(Schema).optional();
  },
});
type Schema = z.infer<typeof Schema>;

const Content = z.object({ 'application/json': z.object({ schema: Schema }).optional() });
const Operation = z.object({
  operationId: z.string(),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), required: z.boolean().optional(), schema: Schema }))
    .default([]),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(z.string(), z.object({ content: Content.optional() })),
});
const Description = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.object({ schemas: z.record(z.string(), Schema) }),
});

export type Operation = z.infer<typeof Operation> & { readonly template: string };

export type DescribedRequest = {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined when there is no body. */
  readonly body?: unknown;
};

export type IntercomDescription = {
  /** @param path without query, such as `/conversations/17/reply` */
  operation(method: string, path: string): Operation | undefined;
  /** One sentence per problem; unknown fields and query parameters are problems, too. */
  validateRequest(method: string, path: string, request: DescribedRequest): string[];
  /** One sentence per problem. An error that an operation does not list has the general error's shape. */
  validateResponse(method: string, path: string, status: number, body: unknown): string[];
};

/** Undefined when the description is not there. Reading it takes about a second. */
export async function loadIntercomDescription(): Promise<IntercomDescription | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  return createDescription(Description.parse(parse(text, { maxAliasCount: -1 })));
}

function createDescription({ paths, components }: z.infer<typeof Description>): IntercomDescription {
  const templates = Object.keys(paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '([^/]+)')}$`),
    names: [...template.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? ''),
  }));

  /** A literal path goes before one with parameters: `/conversations/search` is not a conversation. */
  const find = (method: string, path: string) =>
    templates
      .filter(({ template, pattern }) => pattern.test(path) && method.toLowerCase() in (paths[template] ?? {}))
      .toSorted((a, b) => a.names.length - b.names.length)[0];

  const operation = (method: string, path: string): Operation | undefined => {
    const found = find(method, path);
    if (found === undefined) return undefined;
    return { ...Operation.parse(paths[found.template]?.[method.toLowerCase()]), template: found.template };
  };

  return {
    operation,
    validateRequest(method, path, { query = {}, headers = {}, body }) {
      const described = operation(method, path);
      if (described === undefined) return [`${method} ${path} is not described.`];
      const check = createCheck(components.schemas, true);
      const schema = described.requestBody?.content['application/json']?.schema;
      return [
        ...parameterProblems(described, pathValues(find(method, path), path), query, check),
        ...headerProblems(described, headers, check),
        ...(schema === undefined || body === undefined ? [] : check(schema, body, 'body')),
        ...(schema === undefined && body !== undefined ? ['body: the operation takes none'] : []),
      ];
    },
    validateResponse(method, path, status, body) {
      const described = operation(method, path);
      if (described === undefined) return [`${method} ${path} is not described.`];
      const listed = described.responses[status]?.content?.['application/json']?.schema;
      const general = status >= 400 ? components.schemas['error'] : undefined;
      const schema = listed ?? general;
      if (schema === undefined) return [`${method} ${path} does not answer ${status}.`];
      return createCheck(components.schemas, false)(schema, body, 'body');
    },
  };
}

function pathValues(found: { pattern: RegExp; names: string[] } | undefined, path: string): Record<string, string> {
  const values = found?.pattern.exec(path)?.slice(1) ?? [];
  return Object.fromEntries((found?.names ?? []).map((name, index) => [name, values[index] ?? '']));
}

function parameterProblems(
  { parameters }: Operation,
  path: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string>>,
  check: Check,
): string[] {
  const known = parameters.filter((parameter) => parameter.in !== 'header');
  const given = { ...path, ...query };
  const unknown = Object.keys(given).filter((name) => known.every((parameter) => parameter.name !== name));
  return [
    ...unknown.map((name) => `${name}: the operation has no such parameter`),
    ...known.flatMap(({ name, required, schema }) => {
      const value = given[name];
      if (value === undefined) return required === true ? [`${name}: the parameter is missing`] : [];
      return check(schema, typedValue(schema, value), name);
    }),
  ];
}

/** What stands in a URL is text; the description says what it means. */
function typedValue({ type }: Schema, value: string): unknown {
  if (type === 'integer' && /^-?\d+$/.test(value)) return Number(value);
  if (type === 'boolean' && /^(?:true|false)$/.test(value)) return value === 'true';
  return value;
}

function headerProblems({ parameters }: Operation, headers: Readonly<Record<string, string>>, check: Check): string[] {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const version = parameters.find((parameter) => parameter.name === 'Intercom-Version');
  return [
    ...(/^Bearer \S+$/.test(given.get('authorization') ?? '') ? [] : ['Authorization: expected a bearer token']),
    ...(version === undefined || !given.has('intercom-version')
      ? []
      : check(version.schema, given.get('intercom-version'), 'Intercom-Version')),
  ];
}

/** The first schema's words go before the second's. */
function merge(first: Schema, second: Schema): Schema {
  return Object.assign({}, second, first, {
    properties: Object.assign({}, second.properties, first.properties),
    required: [...(second.required ?? []), ...(first.required ?? [])],
  });
}

type Check = (schema: Schema, value: unknown, at: string) => string[];

/** @param isClosed true: fields that the description does not know are problems */
function createCheck(schemas: Readonly<Record<string, Schema>>, isClosed: boolean): Check {
  /** Follows references and folds `allOf` in; `nullable` beside a reference counts, as the authors mean it. */
  const resolve = (schema: Schema): Schema => {
    const name = schema.$ref?.split('/').at(-1);
    if (name !== undefined) {
      const target = schemas[name];
      if (target === undefined) throw new Error(`The description has no schema ${name}.`);
      const resolved = resolve(target);
      return schema.nullable === true ? { ...resolved, nullable: true } : resolved;
    }
    const { allOf, ...own } = schema;
    return (allOf ?? []).map(resolve).reduce(merge, own);
  };

  const check: Check = (raw, value, at) => {
    const schema = resolve(raw);
    if (value === null)
      return schema.nullable === true || schema.enum?.includes(null) === true ? [] : [`${at}: is null`];
    const alternatives = schema.oneOf ?? schema.anyOf;
    if (alternatives !== undefined) return alternativeProblems(schema, value, at, check);
    // The versions in the list are strings in one place and numbers in another.
    if (schema.enum !== undefined && !schema.enum.some((word) => word === value || String(word) === value)) {
      return [`${at}: ${JSON.stringify(value)} is none of ${schema.enum.join(', ')}`];
    }
    if (schema.type !== undefined && !hasType(value, schema.type)) return [`${at}: is not of type ${schema.type}`];
    if (typeof value === 'number' && schema.maximum !== undefined && value > schema.maximum)
      return [`${at}: is over ${schema.maximum}`];
    if (Array.isArray(value)) return arrayProblems(schema, value, at, check);
    return isRecord(value) ? objectProblems(schema, value, at, { check, isClosed }) : [];
  };
  return check;
}

/** `oneOf` means exactly one, `anyOf` at least one. */
function alternativeProblems(schema: Schema, value: unknown, at: string, check: Check): string[] {
  const results = (schema.oneOf ?? schema.anyOf ?? []).map((alternative) => check(alternative, value, at));
  const fitting = results.filter((problems) => problems.length === 0).length;
  if (fitting === 1 || (fitting > 1 && schema.oneOf === undefined)) return [];
  if (fitting > 1) return [`${at}: fits ${fitting} alternatives, and may fit only one`];
  return [`${at}: fits no alternative (${results.map((problems) => problems.join(', ')).join(' | ')})`];
}

function arrayProblems({ items, maxItems }: Schema, value: readonly unknown[], at: string, check: Check): string[] {
  const tooMany = maxItems !== undefined && value.length > maxItems ? [`${at}: has more than ${maxItems} items`] : [];
  if (items === undefined) return tooMany;
  return [...tooMany, ...value.flatMap((item, index) => check(items, item, `${at}[${index}]`))];
}

function objectProblems(
  { properties = {}, required = [], additionalProperties }: Schema,
  value: Readonly<Record<string, unknown>>,
  at: string,
  { check, isClosed }: { readonly check: Check; readonly isClosed: boolean },
): string[] {
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}.${name}: is missing`);
  const wrong = Object.entries(value).flatMap(([name, inner]) => {
    const schema = properties[name] ?? additionalProperties;
    if (typeof schema === 'object') return check(schema, inner, `${at}.${name}`);
    return isClosed && schema !== true && Object.keys(properties).length > 0 ? [`${at}.${name}: is not described`] : [];
  });
  return [...missing, ...wrong];
}

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    default:
      return typeof value === type;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
