import { randomFrom } from '../support/kills.ts';

/** Random choices; the same seed makes the same ones in the same order. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  /** From 0 up to, not including, 1. */
  readonly next = (): number => this.#random();

  /** A whole number from `least` to `most`. */
  number(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** One of them; undefined where there is none. */
  pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#random() * list.length)];
  }

  /** Some of them, in their order, each with this probability. */
  some<T>(list: readonly T[], probability: number): readonly T[] {
    return list.filter(() => this.#random() < probability);
  }
}
