import { type JSDocableNode, type Symbol as MorphSymbol, Node, type Type, type TypeAliasDeclaration, type TypeNode } from 'ts-morph';
import { type Location, locationOf, type Problems } from '../problems.ts';
import { type DocComment, parseDocComment } from './doc-comment.ts';
import { listProblems, uniqueRule } from './list-rules.ts';
import type { Alias, Field, IntegerSchema, Schema, StringSchema } from './model.ts';
import { type Constraints, mergeConstraints, misplacedTags, noConstraints, type ParsedTags, parseTags, type TagPlace } from './tags.ts';

/** Longer texts belong into the documentation: `kubectl explain` and the CRD's size suffer. */
export const longestDescription = 1000;

/** A type where it is used. */
interface Use {
  readonly type: Type;
  /** How the source writes the type; names get lost in the checker's `type`. */
  readonly node: TypeNode | undefined;
  readonly place: Node;
  readonly constraints: Constraints;
  /** Empty: the type's own is used. */
  readonly description: string;
  /** Interfaces that are being read, to find one that contains itself. */
  readonly within: readonly MorphSymbol[];
}

/** A declaration's doc comment with its tags understood. */
export interface Documentation extends ParsedTags {
  readonly description: string;
}

/**
 * Reads the doc comment of a declaration.
 * @returns an empty description where there is no comment; the caller knows whether that is a problem
 */
export function readDocumentation(node: Node & JSDocableNode, place: TagPlace, problems: Problems): Documentation {
  const doc = node.getJsDocs().at(-1);
  if (doc === undefined) return { description: '', constraints: noConstraints, columns: [] };
  const filePath = node.getSourceFile().getFilePath();
  const report = (line: number, message: string): void => problems.add({ filePath, line }, message);
  const comment: DocComment = parseDocComment(doc.getText(), doc.getStartLineNumber(), report);
  if (comment.description.length > longestDescription) {
    report(
      doc.getStartLineNumber(),
      `The description has ${comment.description.length} characters; at most ${longestDescription} are allowed.`,
    );
  }
  return { description: comment.description, ...parseTags(comment.tags, place, report) };
}

/** Turns types, as the checker resolves them, into schemas. Whatever has no schema is reported and left out. */
export class SchemaReader {
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /**
   * The field that a property declares.
   * @param owner where the property is used: its type arguments are resolved there
   * @param fallback whether the description of the property's type will do where the property has none
   */
  readField(property: MorphSymbol, owner: Node, fallback = false, within: readonly MorphSymbol[] = []): Field | undefined {
    const place = property.getDeclarations()[0] ?? owner;
    if (!Node.isPropertySignature(place)) {
      this.#problems.add(locationOf(place), `${property.getName()} is not a plain property; only those have a schema.`);
      return undefined;
    }
    const doc = readDocumentation(place, 'property', this.#problems);
    const schema = this.#readSchema({
      type: property.getTypeAtLocation(owner),
      node: place.getTypeNode(),
      place,
      constraints: doc.constraints,
      description: doc.description,
      within,
    });
    if (doc.description === '' && !(fallback && schema?.description)) {
      this.#problems.add(locationOf(place), `${property.getName()} has no description: add a doc comment.`);
    }
    if (schema === undefined) return undefined;
    return { name: property.getName(), required: !property.isOptional() && schema.default === undefined, schema };
  }

  #readSchema(use: Use): Schema | undefined {
    const alias = aliasOf(use.node);
    if (alias !== undefined) return this.#readAliased(use, alias);
    const schema = this.#readUnchecked({ ...use, type: withoutUndefined(use.type) });
    if (schema === undefined) return undefined;
    for (const tag of misplacedTags(use.constraints, schema.type)) {
      this.#report(use.place, `@${tag} says nothing about a value of type ${schema.type}.`);
    }
    return schema;
  }

  #readAliased(use: Use, declaration: TypeAliasDeclaration): Schema | undefined {
    const doc = readDocumentation(declaration, 'alias', this.#problems);
    if (doc.description === '') this.#report(declaration, `${declaration.getName()} has no description: add a doc comment.`);
    const own = { type: use.type, node: declaration.getTypeNode(), within: use.within };
    const base = this.#readSchema({ ...own, place: declaration, constraints: doc.constraints, description: doc.description });
    if (base === undefined) return undefined;
    const alias: Alias = { name: declaration.getName(), schema: base };
    const constraints = mergeConstraints(doc.constraints, use.constraints);
    const schema = this.#readSchema({ ...own, place: use.place, constraints, description: use.description || doc.description });
    return schema === undefined ? undefined : { ...schema, alias };
  }

  #readUnchecked(use: Use): Schema | undefined {
    const { type } = use;
    if (type.isString() || type.isStringLiteral()) return this.#readString(use);
    if (type.isBoolean()) return { ...this.#base(use), type: 'boolean' };
    if (type.isNumber()) return this.#readInteger(use);
    if (type.isArray() || type.isReadonlyArray()) return this.#readArray(use);
    if (type.isUnion()) return this.#readUnion(use);
    if (type.isObject() && type.getCallSignatures().length === 0 && !type.isTuple() && !type.isClass()) return this.#readObject(use);
    return this.#unsupported(use);
  }

  #base(use: Use): Pick<Schema, 'origin' | 'description' | 'default' | 'rules'> {
    const { rules, default: value } = use.constraints;
    return {
      origin: locationOf(use.place),
      description: use.description,
      rules,
      ...(value === undefined ? {} : { default: value }),
    };
  }

  #readString(use: Use): StringSchema {
    const { constraints, type } = use;
    const literal = type.isStringLiteral() ? { enum: [String(type.getLiteralValue())] } : {};
    return { ...this.#base(use), type: 'string', ...literal, ...pick(constraints, 'pattern', 'minLength', 'maxLength', 'format') };
  }

  #readUnion(use: Use): Schema | undefined {
    const members = use.type.getUnionTypes();
    if (!members.every((member) => member.isStringLiteral())) return this.#unsupported(use);
    const values = members.map((member) => String(member.getLiteralValue()));
    // The checker orders a union by when it first met each member, which changes with what else is read.
    const written = literalsOf(use.node);
    const complete = values.every((value) => written.includes(value));
    return { ...this.#readString(use), enum: complete ? written.filter((value) => values.includes(value)) : values.sort() };
  }

  #readInteger(use: Use): IntegerSchema | undefined {
    const format = use.constraints.type;
    if (format === undefined) {
      this.#report(use.place, 'A number needs @type int32 or @type int64.');
      return undefined;
    }
    return { ...this.#base(use), type: 'integer', format, ...pick(use.constraints, 'minimum', 'maximum') };
  }

  #readArray(use: Use): Schema | undefined {
    const { listType, uniqueItems } = use.constraints;
    if (listType === undefined)
      this.#report(use.place, 'A list needs @listType set, map or atomic: it decides how server-side apply merges it.');
    const items = this.#readSchema({
      type: use.type.getArrayElementTypeOrThrow(),
      node: elementNodeOf(use.node),
      place: use.place,
      constraints: use.constraints.items ?? noConstraints,
      description: '',
      within: use.within,
    });
    if (items === undefined || listType === undefined) return undefined;
    for (const problem of listProblems(use.constraints, listType, items)) this.#report(use.place, problem);
    const base = this.#base(use);
    const rules = uniqueItems === undefined ? base.rules : [...base.rules, uniqueRule(uniqueItems)];
    const unique = listType === 'set' || uniqueItems !== undefined;
    return { ...base, rules, type: 'array', items, listType, unique, ...pick(use.constraints, 'listMapKey', 'minItems', 'maxItems') };
  }

  #readObject(use: Use): Schema | undefined {
    const { type, place } = use;
    const valueType = type.getStringIndexType();
    const properties = type.getProperties();
    if (valueType !== undefined) {
      if (properties.length > 0) return this.#unsupported(use);
      const element = { type: valueType, node: undefined, place, constraints: noConstraints, description: '', within: use.within };
      const values = this.#readSchema(element);
      return values && { ...this.#base(use), type: 'map', values, ...pick(use.constraints, 'minProperties', 'maxProperties') };
    }
    const symbol = type.getSymbol();
    const declaration = symbol?.getDeclarations().find(Node.isInterfaceDeclaration);
    if (symbol === undefined || declaration === undefined) return this.#unsupported(use);
    if (use.within.includes(symbol)) {
      this.#report(place, `${symbol.getName()} contains itself; a structural schema has an end.`);
      return undefined;
    }
    const doc = readDocumentation(declaration, 'type', this.#problems);
    if (doc.description === '') this.#report(declaration, `${symbol.getName()} has no description: add a doc comment.`);
    const fields = properties.map((property) => this.readField(property, place, false, [...use.within, symbol]));
    return {
      ...this.#base({
        ...use,
        description: use.description || doc.description,
        constraints: { ...pick(doc.constraints, 'default'), ...use.constraints },
      }),
      type: 'object',
      typeName: symbol.getName(),
      typeDescription: doc.description,
      typeRules: doc.constraints.rules,
      fields: fields.filter((field) => field !== undefined),
    };
  }

  #unsupported(use: Use): undefined {
    const text = use.node?.getText() ?? use.type.getText(use.place);
    this.#report(
      use.place,
      `The type ${text} has no schema. Use string, boolean, number, a union of string literals, a list, Record<string, …> or a named interface.`,
    );
  }

  #report(place: Node, message: string): void {
    const location: Location = locationOf(place);
    this.#problems.add(location, message);
  }
}

function pick<T extends object, const K extends keyof T>(source: T, ...keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.filter((key) => source[key] !== undefined).map((key) => [key, source[key]])) as Pick<T, K>;
}

/** `undefined` is how an optional property says that it may be absent; `null` has no such excuse and stays. */
function withoutUndefined(type: Type): Type {
  const nullable = type.isUnion() && type.getUnionTypes().some((member) => member.isNull());
  return nullable ? type : type.getNonNullableType();
}

/** The declaration of a named type without type parameters, where the source names one. */
function aliasOf(node: TypeNode | undefined): TypeAliasDeclaration | undefined {
  if (!Node.isTypeReference(node) || node.getTypeArguments().length > 0) return undefined;
  const name = node.getTypeName();
  const symbol = name.getSymbol();
  const declared = symbol?.getAliasedSymbol() ?? symbol;
  return declared?.getDeclarations().find(Node.isTypeAliasDeclaration);
}

function literalsOf(node: TypeNode | undefined): readonly string[] {
  if (!Node.isUnionTypeNode(node)) return [];
  return node.getTypeNodes().flatMap((member) => {
    const literal = Node.isLiteralTypeNode(member) ? member.getLiteral() : undefined;
    return Node.isStringLiteral(literal) ? [literal.getLiteralText()] : [];
  });
}

/** `readonly T[]`, `T[]` → `T`. */
function elementNodeOf(node: TypeNode | undefined): TypeNode | undefined {
  const array = Node.isTypeOperatorTypeNode(node) ? node.getTypeNode() : node;
  return Node.isArrayTypeNode(array) ? array.getElementTypeNode() : undefined;
}
