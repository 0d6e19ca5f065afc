import { formatProblem } from './problem.ts';
import { projectOf, type Rule } from './run.ts';

/** What a rule says about files given by path, as lines of the report. */
export function problemsIn(rule: Rule, files: Readonly<Record<string, string>>): readonly string[] {
  const lines: string[] = [];
  const project = projectOf(Object.entries(files).map(([path, text]) => ({ path, text })));
  rule(project, (problem) => lines.push(formatProblem(problem)));
  return lines;
}
