import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role, RoleBinding, RoleProvider } from '../../src/api/index.ts';
import { type OwnCluster, ownCluster } from '../support/control-plane.ts';
import { pause, stateOf } from '../support/e2e.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { Crew, evidenceDirectory } from './crew.ts';
import { Dice } from './dice.ts';
import { Editor } from './editor.ts';
import { leaksIn } from './leaks.ts';
import { Meddler } from './meddler.ts';
import { MemoryTrace, residentMiB } from './memory.ts';
import type { Extent } from './repertoire.ts';
import { Site } from './site.ts';
import { siteSetups } from './sites.ts';
import { type Summary, summed } from './summary.ts';
import { Troublemaker } from './troublemaker.ts';

/** A site and those who act there. */
interface Stage {
  readonly site: Site;
  readonly editor: Editor;
  readonly meddler: Meddler;
  readonly troublemaker: Troublemaker;
}

/** How a run went. */
export interface Findings {
  /** What was wrong on the way, and what isn't as declared at the end. */
  readonly problems: readonly string[];
  readonly summary: Summary;
}

/**
 * How long everything gets to become as declared once nothing fails any more, in milliseconds: a guard against hanging only. A deletion that
 * Frontier answered with 500 is left alone for ten minutes.
 */
const patienceMs = 720_000;

/** In so many parts of its life the memory of the last operator is shown. */
const memoryParts = 8;

/** One run: a cluster, providers, operators, and chance. */
export class Chaos {
  readonly #cluster: OwnCluster;
  readonly #stages: readonly Stage[];
  readonly #crew: Crew;
  readonly #dice: Dice;
  readonly #memory = new MemoryTrace();
  readonly #extent: Extent;
  readonly #tell: (line: string) => void;
  readonly #begun = performance.now();
  readonly #seconds: Record<string, number> = {};
  #phaseBegan = performance.now();
  #steps = 0;
  #lives = 0;

  private constructor(
    parts: { readonly cluster: OwnCluster; readonly stages: readonly Stage[]; readonly crew: Crew; readonly dice: Dice },
    extent: Extent,
    tell: (line: string) => void,
  ) {
    this.#cluster = parts.cluster;
    this.#stages = parts.stages;
    this.#crew = parts.crew;
    this.#dice = parts.dice;
    this.#extent = extent;
    this.#tell = tell;
  }

  /** Makes everything that a run needs. `tell` gets a line now and then. */
  static async prepare(seed: number, extent: Extent, tell: (line: string) => void): Promise<Chaos> {
    await rm(evidenceDirectory, { recursive: true, force: true });
    const cluster = await ownCluster();
    try {
      await cluster.installCRDs();
      await cluster.installRBAC();
      const stages: Stage[] = [];
      for (const [index, setup] of siteSetups.entries()) {
        const site = await Site.open(setup, cluster);
        const dice = (place: number) => new Dice(seed + 1_000 * (index + 1) + place);
        stages.push({
          site,
          editor: new Editor(site, dice(1)),
          meddler: new Meddler(site, dice(2)),
          troublemaker: new Troublemaker(site, dice(3)),
        });
      }
      const sites = stages.map(({ site }) => site);
      const crew = await Crew.create(cluster, sites, new Dice(seed + 1));
      return new Chaos({ cluster, stages, crew, dice: new Dice(seed) }, extent, tell);
    } catch (error) {
      await cluster.controlPlane.stop();
      throw error;
    }
  }

  /** Runs to the end, or until something is wrong. */
  async run(): Promise<Findings> {
    for (const { editor } of this.#stages) await editor.begin();
    const { lives, livesMs = Number.POSITIVE_INFINITY } = this.#extent;
    const until = performance.now() + livesMs;
    while (this.#lives < lives && performance.now() < until && this.#problems().length === 0) await this.#live();
    this.#phase('dying');
    this.#begin('alone');
    const last = await this.#crew.start('chaos-last');
    await last.leading();
    await this.#lastLife(last);
    this.#phase('living');
    const problems = this.#problems().length > 0 ? [] : await this.#settle();
    this.#phase('settling');
    const summary = this.#summary();
    problems.push(...(await this.#leaks()));
    this.#crew.keepsLogs ||= problems.length > 0;
    await this.#crew.terminate(last);
    this.#rest();
    problems.unshift(...this.#problems());
    // A run that was broken off has not lasted long enough for that.
    const memory = problems.length > 0 ? undefined : this.#memory.judge(this.#extent.memory);
    if (memory !== undefined) problems.push(memory);
    if (problems.length > 0) await this.#keepHistories();
    return { problems, summary };
  }

  /** Ends everything. */
  async end(): Promise<void> {
    await this.#crew.dismiss();
    for (const { site } of this.#stages) await site.close();
    await this.#cluster.controlPlane.stop();
  }

  /** One operator, or two, until a blow ends it. */
  async #live(): Promise<void> {
    this.#lives += 1;
    const isPair = this.#lives % this.#extent.pairEvery === 0;
    const { stepsPerLife } = this.#extent;
    this.#begin(isPair ? 'pair' : 'alone');
    if (isPair) {
      const lease = `chaos-${this.#lives}`;
      const leader = await this.#crew.start(lease);
      await leader.leading();
      const other = await this.#crew.start(lease);
      await Promise.all([this.#crew.strikePair([leader, other]), this.#stepsOf(2 * stepsPerLife)]);
    } else {
      const operator = await this.#crew.start();
      await Promise.all([this.#crew.strike(operator), this.#stepsOf(stepsPerLife)]);
    }
    this.#rest();
    this.#tellProgress();
  }

  /** Faults that are left from the life before repeat tokens that the next operator has never sent and can't know, so it starts into its own. */
  #begin(life: 'alone' | 'pair'): void {
    for (const { site, troublemaker } of this.#stages) {
      site.isAlone = life === 'alone';
      troublemaker.calm();
      if (this.#dice.chance(0.3)) troublemaker.trouble();
    }
  }

  async #lastLife(operator: OperatorProcess): Promise<void> {
    const { lastSteps, lastMs = Number.POSITIVE_INFINITY } = this.#extent;
    const until = performance.now() + lastMs;
    for (let step = 1; step <= lastSteps && performance.now() < until && this.#problems().length === 0; step += 1) {
      await this.#step();
      if (operator.pid !== undefined) this.#memory.add(await residentMiB(operator.pid));
      if (step % 20 === 0) this.#tellProgress();
      if (step % 15 === 0) await this.#crew.freeze(operator, this.#dice.number(300, 2_000));
    }
  }

  async #stepsOf(count: number): Promise<void> {
    for (let step = 0; step < count; step += 1) await this.#step();
  }

  /** People, strangers and faults do something at some of the sites. */
  async #step(): Promise<void> {
    this.#steps += 1;
    for (const { editor, meddler, troublemaker, site } of this.#stages) {
      const [edits, isMeddling, weather] = [this.#dice.number(-1, 2), this.#dice.chance(0.2), this.#dice.next()];
      const isLying = this.#dice.chance(0.25);
      for (let edit = 0; edit < edits; edit += 1) await editor.edit();
      if (isMeddling) meddler.meddle();
      if (weather < 0.5) troublemaker.calm();
      if (weather < 0.2 || weather > 0.88) troublemaker.trouble();
      if (isLying) troublemaker.lie();
      await site.look();
    }
    await pause(this.#dice.number(0, 300));
  }

  /** Faults have ended; whatever waits for a person is approved. Gives back what does not become as declared. */
  async #settle(): Promise<string[]> {
    for (const { troublemaker } of this.#stages) troublemaker.calm();
    const until = performance.now() + patienceMs;
    for (;;) {
      const wrong: string[] = [];
      for (const { editor, site } of this.#stages) {
        if (await editor.approve()) wrong.push('a plan waited for approval');
        wrong.push(...(await site.unsettled()), ...(await this.#providerProblems(site)));
      }
      if (wrong.length === 0) return [];
      if (performance.now() > until || this.#problems().length > 0) {
        return wrong;
      }
      await pause(500);
    }
  }

  /** For whoever looks for the cause. */
  async #keepHistories(): Promise<void> {
    await mkdir(evidenceDirectory, { recursive: true });
    for (const { site } of this.#stages)
      await writeFile(join(evidenceDirectory, `${site.setup.name.replaceAll(' ', '-')}.txt`), site.history());
  }

  async #providerProblems(site: Site): Promise<readonly string[]> {
    const provider = await site.admin.get<RoleProvider>(site.path('roleproviders', 'default'));
    return stateOf(provider).startsWith('True/') ? [] : [`${site.setup.name}: its RoleProvider says ${stateOf(provider)}`];
  }

  /** Credentials in what the cluster shows. */
  async #leaks(): Promise<readonly string[]> {
    const traces = this.#crew.traces();
    const problems: string[] = [];
    for (const { site } of this.#stages) {
      const events = await site.admin.get(`/apis/events.k8s.io/v1/namespaces/${site.namespace}/events`);
      const provider = await site.admin.get<RoleProvider>(site.path('roleproviders', 'default'));
      const objects = [...(await site.list<Role>('orgroles')).values(), ...(await site.list<RoleBinding>('orgrolebindings')).values()];
      const places = { Events: events, statuses: [...objects, provider].map(({ status }) => status) };
      for (const [place, content] of Object.entries(places)) {
        for (const leak of leaksIn(JSON.stringify(content), traces)) problems.push(`${site.setup.name}: ${place} have "${leak}" in them`);
      }
    }
    return problems;
  }

  #phase(ended: string): void {
    const now = performance.now();
    this.#seconds[ended] = Math.round((now - this.#phaseBegan) / 1000);
    this.#phaseBegan = now;
  }

  #rest(): void {
    for (const { site } of this.#stages) site.rest();
  }

  #problems(): readonly string[] {
    return [...this.#crew.violations, ...this.#stages.flatMap(({ site }) => site.violations)];
  }

  #tellProgress(): void {
    const { steps, blows, requests, faultsHit } = this.#summary();
    const minutes = ((performance.now() - this.#begun) / 60_000).toFixed(1);
    this.#tell(
      `${minutes} min: ${steps} steps, ${JSON.stringify(blows)}, ${requests} requests, ${faultsHit} of them hit by a fault, ${Math.round(this.#memory.latest)} MiB`,
    );
  }

  #summary(): Summary {
    const sites = this.#stages.map(({ site }) => site.counts);
    const { requests = 0, hits = 0, changes = 0 } = summed(sites);
    return {
      providers: sites.length,
      steps: this.#steps,
      operators: this.#crew.started,
      blows: { ...this.#crew.counts },
      edits: summed(this.#stages.map(({ editor }) => editor.counts)),
      byHand: summed(this.#stages.map(({ meddler }) => meddler.counts)),
      faults: summed(this.#stages.map(({ troublemaker }) => troublemaker.counts)),
      requests,
      faultsHit: hits,
      changesJudged: changes,
      seconds: { ...this.#seconds },
      MiB: this.#memory.parts(memoryParts),
    };
  }
}
