import { createHttpClient, formatDuration, type HttpClient, sleep, systemClock } from '../lib/index.ts';
import { type CommandContext, defineCommand } from './command.ts';
import { durationFlag, type FlagType } from './flag-types.ts';
import { type FlagValues, flag } from './flags.ts';

const second = 1000;
/** How long one call may take, and what lies between two, in milliseconds. */
const call = { timeoutMs: 5 * second, pauseMs: second } as const;
/** So much of a refusal is repeated. */
const longestAnswer = 500;

const urlsFlag: FlagType<readonly string[]> = {
  placeholder: 'urls',
  form: 'http or https URLs with commas between them',
  parse(text) {
    const urls = text.split(',').map((url) => url.trim());
    return urls.every((url) => ['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '')) ? urls : undefined;
  },
  format: (value) => value.join(','),
  repeatable: true,
};

const probeFlags = {
  url: flag<readonly string[]>({
    name: 'url',
    type: urlsFlag,
    help: 'What is asked for; each must answer with status 200',
    fallback: ['http://127.0.0.1:8081/readyz'],
    env: false,
  }),
  timeout: flag({
    name: 'timeout',
    type: durationFlag({ minMs: 0, maxMs: 60 * 60 * second }),
    help: 'How long it is asked again when it does not',
    fallback: 0,
    env: false,
  }),
};

/** `rolekeeper probe`: asks a running operator how it is; for `helm test` and images without a shell. */
export const probeCommand = defineCommand({
  name: 'probe',
  summary: 'Ask a running operator whether it is ready',
  details: 'Exit code 0 when every URL answered with status 200, else 1.',
  flags: probeFlags,
  run: probe,
});

async function probe({ url: urls, timeout }: FlagValues<typeof probeFlags>, context: CommandContext): Promise<number> {
  const client = createHttpClient();
  const deadline = systemClock.monotonic() + timeout;
  try {
    for (const url of urls) {
      const problem = await ask(client, url, deadline, context.signal);
      if (problem !== undefined) {
        context.stderr.write(`${url}: ${problem}${timeout === 0 ? '' : `, for ${formatDuration(timeout)}`}\n`);
        return 1;
      }
      context.stdout.write(`${url}: ok\n`);
    }
    return 0;
  } finally {
    await client.close();
  }
}

/** Undefined when it answered as it should before the deadline, else what was wrong at last. Asks at least once. */
async function ask(client: HttpClient, url: string, deadline: number, signal: AbortSignal): Promise<string | undefined> {
  for (;;) {
    const problem = await askOnce(client, url, signal);
    if (problem === undefined || systemClock.monotonic() + call.pauseMs > deadline) return problem;
    await sleep(systemClock, call.pauseMs, signal);
  }
}

async function askOnce(client: HttpClient, url: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { status, body } = await client.send({ method: 'GET', url, headers: {}, timeoutMs: call.timeoutMs, signal });
    return status === 200 ? undefined : `status ${status}: ${body.trim().slice(0, longestAnswer)}`;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}
