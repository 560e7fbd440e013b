/** GraphQL documents to text: executable definitions only, for documents that come parsed. */

/** A node of a GraphQL syntax tree, as graphql-js makes them. */
export interface DocumentLike {
  readonly kind: 'Document';
  readonly definitions: ReadonlyArray<unknown>;
}

// biome-ignore lint: a syntax tree is many shapes, and the server judges them
type Node = { readonly kind: string; readonly [key: string]: any };

/** Prints a document; throws a TypeError for what cannot be executed. */
export function printDocument(document: DocumentLike): string {
  return (document.definitions as readonly Node[]).map(print).join('\n');
}

const all = (nodes: readonly Node[] | undefined, separator: string): string => (nodes ?? []).map(print).join(separator);
const wrap = (before: string, text: string, after = ''): string => (text === '' ? '' : before + text + after);
const directives = (node: Node): string => wrap(' ', all(node.directives, ' '));
const name = (node: Node): string => node.name?.value ?? '';
const selection = (node: Node): string => wrap(' ', node.selectionSet ? print(node.selectionSet) : '');

const PRINTERS: { readonly [kind: string]: (node: Node) => string } = {
  OperationDefinition: (node) =>
    node.operation + wrap(' ', name(node)) + wrap('(', all(node.variableDefinitions, ', '), ')') + directives(node) + selection(node),
  FragmentDefinition: (node) => `fragment ${name(node)} on ${print(node.typeCondition)}${directives(node)}${selection(node)}`,
  VariableDefinition: (node) =>
    `${print(node.variable)}: ${print(node.type)}${wrap(' = ', node.defaultValue ? print(node.defaultValue) : '')}${directives(node)}`,
  SelectionSet: (node) => `{ ${all(node.selections, ' ')} }`,
  Field: (node) => wrap('', node.alias?.value ?? '', ': ') + name(node) + wrap('(', all(node.arguments, ', '), ')') + directives(node) + selection(node),
  FragmentSpread: (node) => `...${name(node)}${directives(node)}`,
  InlineFragment: (node) => `...${wrap(' on ', node.typeCondition ? print(node.typeCondition) : '')}${directives(node)}${selection(node)}`,
  Directive: (node) => `@${name(node)}${wrap('(', all(node.arguments, ', '), ')')}`,
  Argument: (node) => `${name(node)}: ${print(node.value)}`,
  ObjectField: (node) => `${name(node)}: ${print(node.value)}`,
  Variable: (node) => `$${name(node)}`,
  NamedType: name,
  ListType: (node) => `[${print(node.type)}]`,
  NonNullType: (node) => `${print(node.type)}!`,
  IntValue: (node) => node.value,
  FloatValue: (node) => node.value,
  EnumValue: (node) => node.value,
  BooleanValue: (node) => String(node.value),
  NullValue: () => 'null',
  // every escape of JSON is one of GraphQL's; a block string is the same value
  StringValue: (node) => JSON.stringify(node.value),
  ListValue: (node) => `[${all(node.values, ', ')}]`,
  ObjectValue: (node) => `{${all(node.fields, ', ')}}`,
};

function print(node: Node): string {
  const printer = PRINTERS[node.kind];
  if (printer === undefined) throw new TypeError(`a ${node.kind} is no part of an executable document`);
  return printer(node);
}
