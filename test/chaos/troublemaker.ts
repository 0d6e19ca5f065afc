import type { FaultRule } from '../../src/emulators/index.ts';
import type { ProviderFixture } from '../conformance/suite/fixture.ts';
import type { Dice } from './dice.ts';
import { faults, lies, truthsBetweenLies } from './repertoire.ts';
import type { Site } from './site.ts';
import { listsOf } from './watch.ts';

/** Lets a provider fail, at random. */
export class Troublemaker {
  /** How often each fault was begun. */
  readonly counts: Record<string, number> = {};
  readonly #site: Site;
  readonly #dice: Dice;

  constructor(site: Site, dice: Dice) {
    this.#site = site;
    this.#dice = dice;
  }

  /** Begins a fault of some requests, or of all until `calm`. */
  trouble(): void {
    const fault = this.#dice.pick(faults);
    const times = this.#dice.chance(0.06) ? 0 : this.#dice.number(1, 4);
    const skip = this.#dice.chance(0.5) ? 0 : this.#dice.number(1, 6);
    const scope = this.#scope();
    if (fault === undefined) return;
    this.counts[fault.name] = (this.counts[fault.name] ?? 0) + 1;
    this.#site.note(`fault: ${fault.name}, ${times} times after ${skip}, of ${JSON.stringify(scope)}`);
    this.#site.fixture.emulator.control.inject({ ...fault.rule, ...this.#body(fault.rule), ...scope, times, skip });
  }

  /** Has one list lie, unless one has lied only just now. */
  lie(): void {
    const [lie, skip] = [this.#dice.pick(lies), this.#dice.number(0, 2)];
    const operationId = this.#lists;
    if (lie === undefined || operationId.length === 0 || this.#site.truths < truthsBetweenLies) return;
    this.#site.truths = 0;
    this.counts[lie.name] = (this.counts[lie.name] ?? 0) + 1;
    this.#site.note(`fault: ${lie.name} after ${skip}`);
    this.#site.fixture.emulator.control.inject({ ...lie.rule, operationId, times: 1, skip });
  }

  /** Ends all faults. */
  calm(): void {
    this.#site.fixture.emulator.control.clearFaults();
  }

  /** A refusal repeats what the server was sent. */
  #body(rule: Pick<FaultRule, 'kind'>): Pick<FaultRule, 'body'> {
    if (rule.kind !== 'status') return {};
    return { body: this.#site.fixture.errorBody(`You sent ${this.#site.sentSecrets().join(' and ')} to us`) };
  }

  /** Any request, or only those that write, or only those that read a list. */
  #scope(): Pick<FaultRule, 'operationId'> {
    const place = this.#dice.next();
    const { operations, people }: ProviderFixture = this.#site.fixture;
    const { grant = [], revoke = [] } = people?.operations ?? {};
    const { createRole, setPermissions, deleteRole } = operations;
    const writes = [...createRole, ...setPermissions, ...deleteRole, ...grant, ...revoke];
    if (place < 0.4 || (place > 0.7 && this.#lists.length === 0)) return {};
    return { operationId: place < 0.7 ? writes : this.#lists };
  }

  get #lists(): readonly string[] {
    return listsOf(this.#site.fixture);
  }
}
