/** An error whose message tells its reader what to do. It is printed alone, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** The person at the keyboard, or the system, asked this program to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('interrupted');
  }
}

/**
 * Runs a command-line program: its exit code is what `main` returns, 1 with the message for an error, 130 when it was interrupted.
 * The code is set, not forced, so that output that is still on its way to a pipe is not lost.
 */
export async function runMain(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (error instanceof Interrupted) {
      process.exitCode = 130;
      return;
    }
    console.error(error instanceof UserError ? error.message : error);
    process.exitCode = 1;
  }
}

/**
 * Runs `work` with a signal that SIGINT and SIGTERM abort with `Interrupted`, so that it can leave things in order. Once `work` has
 * ended the signals do again what they did before.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (): void => controller.abort(new Interrupted());
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
