import { describe, expect, it } from 'vitest';
import { reasons } from '../../../src/api/index.ts';
import { ProviderError, type ProviderErrorKind } from '../../../src/model/index.ts';
import { failureRule } from '../../../src/status/index.ts';
import { inRepository } from '../../lib/index.ts';
import { openApiFiles, readAllReasons } from '../api/read-api.ts';
import { Problems } from '../problems.ts';
import { remedies, troubleshootingPageEmitter } from './index.ts';

const kinds: readonly ProviderErrorKind[] = [
  'invalid',
  'unauthorized',
  'forbidden',
  'notFound',
  'conflict',
  'inUse',
  'rateLimited',
  'transient',
  'unsupported',
];

async function troubleshooting(): Promise<string> {
  const [file] = await troubleshootingPageEmitter(readAllReasons(openApiFiles(inRepository()), new Problems())).emit();
  return file?.text ?? '';
}

describe('the page on troubleshooting', () => {
  it('says of every reason what it means and what to do, under a heading that can be linked', async () => {
    const text = await troubleshooting();
    for (const reason of Object.values(reasons)) {
      expect(text).toMatch(new RegExp(`^### \`${reason}\`\n\n\\*[^\n]+\\*\n\n[^\n]{10,}$`, 'm'));
    }
    expect(text.match(/^### `[A-Z]\w+`$/gm)).toHaveLength(Object.values(reasons).length);
  });

  it('leaves nobody to time whose failure is not tried again', () => {
    const missing = (['organization', 'permission', 'role', 'subject'] as const).map((what) => ({
      kind: 'notFound' as const,
      missing: what,
    }));
    const errors = [...kinds.map((kind) => ({ kind })), ...missing].map(
      ({ kind, ...details }) => new ProviderError(kind, 'what failed', { operation: 'updateRole', ...details }),
    );
    const terminal = errors.map(failureRule).filter((rule) => rule.terminal);
    expect(terminal.length).toBeGreaterThan(4);
    for (const { reason } of terminal) {
      expect(remedies[reason].mendedBy, reason).toMatch(/^(person|either)$/);
    }
  });
});
