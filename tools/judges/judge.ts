import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What kstatus says, as Flux and as other tools have it. */
export interface KStatusAnswer {
  readonly flux: string;
  readonly upstream: string;
  readonly message: string;
}

/** An entry of `spec.healthCheckExprs` of Flux. */
export interface HealthExpressions {
  readonly inProgress?: string;
  readonly failed?: string;
  readonly current: string;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The program that knows what GitOps tools say of an object. Ends with `[Symbol.asyncDispose]`. */
export class Judge implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  readonly #waiting: Waiting[] = [];

  /** @param file the program: see ensureJudge */
  constructor(file: string) {
    this.#child = spawn(file, [], { stdio: 'pipe' });
    this.#ended = new Promise((resolve) => {
      const end = (error: Error): void => {
        for (const { reject } of this.#waiting.splice(0)) reject(error);
        resolve();
      };
      this.#child.once('error', end);
      this.#child.once('close', (code) => end(new Error(`the judge ended with code ${code}`)));
    });
    this.#child.stdin.on('error', () => {});
    // It answers in the order in which it is asked.
    createInterface(this.#child.stdout).on('line', (line) => {
      const { value, error } = JSON.parse(line) as { readonly value?: unknown; readonly error?: string };
      const asked = this.#waiting.shift();
      if (error === undefined) asked?.resolve(value);
      else asked?.reject(new Error(error));
    });
  }

  /** What the script returns for the object, run as Argo CD runs it. Rejects with the error of the script. */
  lua<T>(object: unknown, script: string): Promise<T> {
    return this.#ask<T>({ object, script });
  }

  kstatus(object: unknown): Promise<KStatusAnswer> {
    return this.#ask<KStatusAnswer>({ object });
  }

  /** The status that Flux gives an object with these expressions. Rejects when one of them fails. */
  expressions(object: unknown, expressions: HealthExpressions): Promise<string> {
    return this.#ask<string>({ object, expressions });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }

  #ask<T>(question: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as (value: unknown) => void, reject });
      this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    });
  }
}
