import { describe, expect, it } from 'vitest';
import { Journal, type JournalEntry, overlappingWrites } from './journal.ts';

function write(sequence: number, lane: string, startMs: number, endMs: number | undefined, method = 'PUT'): JournalEntry {
  const entry = { sequence, time: '2030-01-01T00:00:00.000Z', method, path: '/x', requestID: `req_${sequence}`, lane, startMs };
  return endMs === undefined ? entry : { ...entry, endMs };
}

function withoutLane({ lane: _lane, ...entry }: JournalEntry): JournalEntry {
  return entry;
}

const pairs = (entries: readonly JournalEntry[]): readonly (readonly number[])[] =>
  overlappingWrites(entries).map(({ first, second }) => [first.sequence, second.sequence]);

describe('overlappingWrites', () => {
  const cases: readonly { reason: string; entries: readonly JournalEntry[]; overlaps: readonly (readonly number[])[] }[] = [
    { reason: 'one after the other is fine', entries: [write(1, 'a', 0, 5), write(2, 'a', 5, 9)], overlaps: [] },
    { reason: 'two at once in one lane are found', entries: [write(1, 'a', 0, 5), write(2, 'a', 4, 9)], overlaps: [[1, 2]] },
    { reason: 'other lanes do not matter', entries: [write(1, 'a', 0, 5), write(2, 'b', 4, 9)], overlaps: [] },
    { reason: 'a GET that has a lane is a write', entries: [write(1, 'a', 0, 5), write(2, 'a', 4, 9, 'GET')], overlaps: [[1, 2]] },
    { reason: 'reads do not matter', entries: [write(1, 'a', 0, 5), withoutLane(write(2, 'a', 4, 9, 'GET'))], overlaps: [] },
    {
      reason: 'one that is still open overlaps what comes later',
      entries: [write(1, 'a', 0, undefined), write(2, 'a', 400, 401)],
      overlaps: [[1, 2]],
    },
    {
      reason: 'a long one overlaps several',
      entries: [write(1, 'a', 0, 100), write(2, 'a', 10, 20), write(3, 'a', 30, 40)],
      overlaps: [
        [1, 2],
        [1, 3],
      ],
    },
  ];
  it.each(cases)('$reason', ({ entries, overlaps }) => {
    expect(pairs(entries)).toEqual(overlaps);
    expect(pairs([...entries].reverse())).toEqual(overlaps);
  });
});

describe('Journal', () => {
  const arrival = { time: '', startMs: 0, method: 'PUT', path: '/x', requestID: 'r', operationId: 'op', lane: 'a', body: '' };

  it('keeps the newest entries only, and ends those that are gone without harm', () => {
    const journal = new Journal(10);
    for (let index = 0; index < 100; index++) journal.begin(arrival);

    journal.end(1, { status: 200, endMs: 1 });
    journal.end(100, { status: 201, endMs: 2 });

    const entries = journal.entries();
    expect(entries.map((entry) => entry.sequence)).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
    expect(entries.at(-1)).toMatchObject({ status: 201, endMs: 2 });
    expect(entries[0]).not.toHaveProperty('status');
  });

  it('goes on counting after it was cleared', () => {
    const journal = new Journal(10);
    journal.begin(arrival);
    journal.clear();

    const sequence = journal.begin(arrival);
    journal.end(sequence, { status: 204, endMs: 1 });

    expect(journal.entries()).toMatchObject([{ sequence: 2, status: 204 }]);
  });

  it('finds entries by operation and method, and cuts long bodies', () => {
    const journal = new Journal(10);
    journal.begin({ ...arrival, body: 'x'.repeat(100_000) });
    journal.begin({ ...arrival, operationId: undefined, method: 'GET' });

    expect(journal.entries({ operationId: 'op' })).toHaveLength(1);
    expect(journal.entries({ operationId: ['other', 'op'], method: 'GET' })).toHaveLength(0);
    expect(journal.entries({ method: 'GET' })).toHaveLength(1);
    expect(journal.entries()[0]?.body?.length).toBeLessThan(40_000);
  });
});
