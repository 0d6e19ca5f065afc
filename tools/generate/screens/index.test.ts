import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inRepository } from '../../lib/index.ts';
import { screenFiles } from './index.ts';
import { terminalSvg } from './terminal-svg.ts';

describe('a picture of a terminal', () => {
  it('has every line as it is, what is typed behind a prompt', () => {
    const svg = terminalSvg('a < b', [{ text: 'kubectl get "x" <y>', typed: true }, { text: 'NAME   READY' }]);
    expect(svg).toContain('>$ kubectl get &quot;x&quot; &lt;y&gt;</text>'.replaceAll(' ', '\u00a0'));
    expect(svg).toContain('>NAME\u00a0\u00a0\u00a0READY</text>');
    expect(svg).toContain('aria-label="a &lt; b"');
  });

  it.each([
    { length: 120, rows: 1 },
    { length: 121, rows: 2 },
    { length: 241, rows: 3 },
  ])('breaks a line of $length characters into $rows', ({ length, rows }) => {
    const svg = terminalSvg('t', [{ text: 'x'.repeat(length) }]);
    expect(svg.match(/<text /g)).toHaveLength(rows);
    expect(svg.match(/x(?=[x<])/g)).toHaveLength(length);
  });
});

describe('the pictures of the quick start', () => {
  it('show what the page shows', () => {
    const [roles, message] = screenFiles(readFileSync(inRepository('docs', 'quick-start.md'), 'utf8'));
    expect(roles?.text).toContain('$ kubectl get orgroles -A'.replaceAll(' ', '\u00a0'));
    expect(roles?.text).toContain('org-billing-admin');
    expect(message?.text).toContain('Nothing was written to role'.replaceAll(' ', '\u00a0'));
  });

  it('are not made of a page that lacks a block', () => {
    expect(() => screenFiles('# Quick start\n\n```sh\nkubectl get orgroles -A\n```\n')).toThrow(
      'shows no output of kubectl get orgroles -A',
    );
  });
});
