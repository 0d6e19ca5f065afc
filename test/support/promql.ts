import { parser } from '@prometheus-io/lezer-promql';

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

/** A metric as an expression names it. */
export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

/** What an expression asks for. */
export interface Expression {
  readonly selectors: readonly Selector[];
  /** Labels after `by`, `without`, `on` and the like. */
  readonly groupings: readonly string[];
}

/** Reads an expression by the grammar of Prometheus; throws where it is none. */
export function readPromQL(text: string): Expression {
  const selectors: Selector[] = [];
  const groupings: string[] = [];
  const textOf = ({ from, to }: { readonly from: number; readonly to: number }): string => text.slice(from, to);
  parser.parse(text).iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`no PromQL at character ${node.from}: ${text}`);
      if (node.name === 'VectorSelector') selectors.push(selectorOf(node.node, textOf));
      if (node.name === 'GroupingLabels') groupings.push(...node.node.getChildren('LabelName').map(textOf));
    },
  });
  return { selectors, groupings };
}

function selectorOf(node: SyntaxNode, textOf: (node: SyntaxNode) => string): Selector {
  const name = node.getChild('Identifier');
  const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  return {
    metric: name === null ? '' : textOf(name),
    matchers: matchers.map((matcher) => {
      const [label, operator, value] = [matcher.getChild('LabelName'), matcher.getChild('MatchOp'), matcher.getChild('StringLiteral')];
      if (label === null || operator === null || value === null) throw new Error(`no matcher: ${textOf(matcher)}`);
      return { label: textOf(label), operator: textOf(operator), value: JSON.parse(textOf(value)) as string };
    }),
  };
}
