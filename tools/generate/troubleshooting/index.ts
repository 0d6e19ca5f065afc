import type { Reasons } from '../api/read-api.ts';
import type { ReasonList } from '../api/read-reasons.ts';
import { code, page } from '../emit/markdown.ts';
import { type Emitter, generatedNotice } from '../emitter.ts';
import { type MendedBy, type Remedy, remedies } from './remedies.ts';
import { howToLook, withoutReason } from './symptoms.ts';

export { type MendedBy, type Remedy, remedies };

/** `docs/operations/troubleshooting.md`: what each reason means, and what to do about it. */
export function troubleshootingPageEmitter(reasons: Reasons): Emitter {
  return {
    name: 'Troubleshooting',
    emit: () => [{ path: 'docs/operations/troubleshooting.md', text: troubleshootingPage(reasons.conditions) }],
  };
}

/** The groups of the page, in its order. */
const groups: readonly { readonly title: string; readonly intro: string; readonly of: readonly MendedBy[] }[] = [
  {
    title: 'What needs a person',
    intro:
      'Nothing changes until somebody acts. An edit of the object is looked at at once; what was mended elsewhere, on the interval at the latest.',
    of: ['person'],
  },
  {
    title: 'What needs a person, or time',
    intro: 'The message says which.',
    of: ['either'],
  },
  { title: 'What mends itself', intro: 'It is worth a look when it lasts.', of: ['itself'] },
  { title: 'What is well', intro: 'Nothing is wrong.', of: ['well'] },
];

function troubleshootingPage({ entries }: ReasonList): string {
  return page(
    `<!-- ${generatedNotice} -->`,
    '# Troubleshooting',
    ...howToLook,
    ...groups.flatMap(({ title, intro, of }) => [
      `## ${title}`,
      intro,
      ...entries
        .flatMap((entry) => {
          const remedy = (remedies as Readonly<Record<string, Remedy>>)[entry.value];
          return remedy === undefined || !of.includes(remedy.mendedBy) ? [] : [{ ...entry, ...remedy }];
        })
        .sort((a, b) => (a.value < b.value ? -1 : 1))
        .flatMap(({ value, description, todo }) => [`### ${code(value)}`, `*${description}*`, todo]),
    ]),
    ...withoutReason,
  );
}
