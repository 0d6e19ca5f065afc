import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inRepository } from '../../tools/lib/index.ts';
import type { TestCluster } from '../support/control-plane.ts';
import { pause } from '../support/e2e.ts';
import { killSometime } from '../support/kills.ts';
import { type OperatorProcess, startTestOperator } from '../support/operator-process.ts';
import type { Dice } from './dice.ts';
import { leaksIn, leaksInFile, tracesOf } from './leaks.ts';
import type { Blow } from './repertoire.ts';
import type { Site } from './site.ts';
import { createsOf } from './watch.ts';

/** A pair's Lease passes to the other one after this long. */
const timing = { 'lease-duration': '6s', 'renew-deadline': '5s', 'retry-period': '1s' };

/** Where the logs of operators go that did something wrong, and what had happened before. */
export const evidenceDirectory = inRepository('dist', 'chaos');

/** Starts operators with the rights that users give them, lets blows fall on them, and looks through what they have said. */
export class Crew {
  readonly violations: string[] = [];
  /** How often each blow fell. */
  readonly counts: Partial<Record<Blow, number>> = {};
  started = 0;
  /** Logs are kept from now on. They are also once anything was found wrong. */
  keepsLogs = false;
  readonly #cluster: TestCluster;
  readonly #kubeconfig: string;
  readonly #sites: readonly Site[];
  readonly #dice: Dice;
  #ended = 0;
  readonly #running = new Set<OperatorProcess>();

  private constructor(cluster: TestCluster, kubeconfig: string, sites: readonly Site[], dice: Dice) {
    this.#cluster = cluster;
    this.#kubeconfig = kubeconfig;
    this.#sites = sites;
    this.#dice = dice;
  }

  static async create(cluster: TestCluster, sites: readonly Site[], dice: Dice): Promise<Crew> {
    const { kubeconfig } = await cluster.serviceAccountKubeconfig();
    return new Crew(cluster, kubeconfig, sites, dice);
  }

  /** Starts one that needs no Lease, or replicas that share one of this name. */
  async start(lease?: string): Promise<OperatorProcess> {
    this.started += 1;
    const election = lease === undefined ? { 'leader-elect': 'false' } : { ...timing, 'lease-name': lease };
    const operator = await startTestOperator(this.#cluster, {
      kubeconfig: this.#kubeconfig,
      flags: { 'log-level': 'debug', ...election },
    });
    this.#running.add(operator);
    return operator;
  }

  /** Ends it by a blow at an instant that nobody chose. */
  async strike(operator: OperatorProcess): Promise<void> {
    const place = this.#dice.next();
    if (place < 0.6) return this.kill(operator);
    if (place < 0.8) {
      await pause(this.#dice.number(0, 2_500));
      return this.terminate(operator);
    }
    await pause(this.#dice.number(0, 1_000));
    await this.freeze(operator, this.#dice.number(300, 2_000));
    await this.kill(operator);
  }

  /** Ends it right after a request, or at any time. */
  async kill(operator: OperatorProcess): Promise<void> {
    this.#count('kill');
    const { fixture } = this.#dice.pick(this.#sites) as Site;
    const isAimed = this.#dice.chance(0.6);
    this.#check(operator);
    const counted = isAimed ? { query: { operationId: createsOf(fixture) }, most: 3 } : {};
    await killSometime(operator, fixture.emulator.control, this.#dice.next, counted);
    await this.#listen(operator);
  }

  /** Asks it to end, which it has to do in order. */
  async terminate(operator: OperatorProcess): Promise<void> {
    this.#count('terminate');
    this.#check(operator);
    await this.#readMetrics(operator);
    const { code, signal } = await operator.stop();
    if (code !== 0) this.violations.push(`an operator ended with ${code ?? signal} after SIGTERM`);
    await this.#listen(operator);
  }

  /** Stops it in the middle of whatever it does, and lets it go on after a while. */
  async freeze(operator: OperatorProcess, ms: number): Promise<void> {
    this.#count('freeze');
    operator.pause();
    await pause(ms);
    operator.resume();
  }

  /** One of two replicas is struck while it leads; the other one goes on, and is struck too. */
  async strikePair([leader, other]: readonly [OperatorProcess, OperatorProcess]): Promise<void> {
    const place = this.#dice.next();
    if (place < 0.35) {
      await this.kill(leader);
      await this.#takesOver(other);
    } else if (place < 0.6) {
      await this.terminate(leader);
      await this.#takesOver(other);
    } else {
      await this.#freezeUntilReplaced(leader, other);
      await pause(this.#dice.number(0, 1_500));
      await this.kill(leader);
    }
    await this.strike(other);
  }

  /** Ends those that still run, whatever became of the run. */
  async dismiss(): Promise<void> {
    await Promise.all([...this.#running].map((operator) => operator.kill()));
  }

  /** In the middle of work, and until some time after the other one leads: an end that a clock sets could come before that. */
  async #freezeUntilReplaced(leader: OperatorProcess, other: OperatorProcess): Promise<void> {
    const { control } = (this.#dice.pick(this.#sites) as Site).fixture.emulator;
    this.#count('freeze');
    await Promise.race([control.nextRequest({}), pause(3_000)]);
    leader.pause();
    await this.#takesOver(other);
    await pause(this.#dice.number(0, 1_500));
    leader.resume();
  }

  /** Resolves when it leads, or when that is certainly not going to be. */
  async #takesOver(operator: OperatorProcess): Promise<void> {
    try {
      await operator.leading();
    } catch (error) {
      this.violations.push(`a replica did not take over: ${(error as Error).message}`);
    }
  }

  /** It must not have ended by itself. */
  #check(operator: OperatorProcess): void {
    const { exit } = operator;
    if (exit !== undefined) this.violations.push(`an operator ended by itself with ${exit.code ?? exit.signal}`);
  }

  /** Looks through the log of one that has ended, and forgets it. */
  async #listen(operator: OperatorProcess): Promise<void> {
    this.#running.delete(operator);
    this.#ended += 1;
    for (const leak of await leaksInFile(operator.logFile, this.traces())) this.violations.push(`a log has "${leak}" in it`);
    if (this.keepsLogs || this.violations.length > 0 || this.#sites.some(({ violations }) => violations.length > 0)) {
      await mkdir(evidenceDirectory, { recursive: true });
      await copyFile(operator.logFile, join(evidenceDirectory, `operator-${this.#ended}.log`));
    }
    await rm(operator.logFile);
  }

  async #readMetrics(operator: OperatorProcess): Promise<void> {
    const text = await fetch(operator.metricsURL).then((answer) => answer.text());
    for (const leak of leaksIn(text, this.traces())) this.violations.push(`metrics have "${leak}" in them`);
  }

  /** What of credentials must not be found anywhere. */
  traces(): readonly string[] {
    return tracesOf(this.#sites.flatMap(({ secrets }) => [...secrets]));
  }

  #count(blow: Blow): void {
    this.counts[blow] = (this.counts[blow] ?? 0) + 1;
  }
}
