import { Controller, type ControllerOptions, type Logger, type Reconcile, type SettledKey } from '../../src/controller/index.ts';
import { seededRandom } from '../../src/lib/index.ts';
import { createWorkQueue, type WorkQueue } from '../../src/queue/index.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A line in the log. */
export interface Line {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A controller and all that it works with. Nothing runs before `controller.run(stop.signal)`. */
export interface ControllerBench {
  readonly clock: VirtualClock;
  readonly queue: WorkQueue<string>;
  readonly lines: Line[];
  readonly settled: SettledKey[];
  readonly panics: unknown[];
  readonly busy: number[];
  readonly stop: AbortController;
  readonly leadership: AbortController;
  readonly controller: Controller<string>;
}

/** A controller over keys that look like `group/name`, whose backoff is 1, 2, 4 … seconds exactly. */
export function setUpController(
  reconcile: Reconcile<string>,
  options: Partial<ControllerOptions<string>> = {},
  clock = new VirtualClock(),
): ControllerBench {
  const queue = createWorkQueue<string>({
    clock,
    random: seededRandom(1),
    groupOf: (key) => key.split('/')[0] ?? key,
    backoff: { baseMs: 1000, maxMs: 60_000, jitter: 0 },
  });
  const lines: Line[] = [];
  const write =
    (level: Line['level']): Logger['info'] =>
    (message, fields = {}) =>
      void lines.push({ level, message, fields });
  const settled: SettledKey[] = [];
  const panics: unknown[] = [];
  const busy: number[] = [];
  const leadership = new AbortController();
  const controller = new Controller<string>({
    name: 'roles',
    queue,
    reconcile,
    clock,
    leadership: leadership.signal,
    logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    observer: {
      settled: (outcome) => void settled.push(outcome),
      panicked: (event) => void panics.push(event.error),
      busy: (event) => void busy.push(event.turns),
    },
    ...options,
  });
  return { clock, queue, lines, settled, panics, busy, stop: new AbortController(), leadership, controller };
}

/** The lines from `warn` on. */
export function complaints(lines: readonly Line[]): readonly Line[] {
  return lines.filter((line) => line.level === 'warn' || line.level === 'error');
}
