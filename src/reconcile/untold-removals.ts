import type { ReconcileKey } from './keys.ts';

/** What was removed for one object since its status was last told of removals. */
export interface Untold {
  /** Which object it was, should another one take its name. */
  readonly uid: string | undefined;
  /** Wall-clock time of the last removal, in milliseconds. */
  readonly time: number;
  /** What went without approval, each once: permissions of a Role, or those who lost the role of a RoleBinding. */
  readonly removed: ReadonlySet<string>;
  /** An approved plan was carried out, so that its approval is spent. */
  readonly isApproved: boolean;
}

/**
 * Removals that no status remembers yet. They count against the budget from the moment at which they are decided on until they are told:
 * lanes decide at the same time, a read back may fail, and a status may have changed meanwhile.
 */
export class UntoldRemovals {
  readonly #planned = new Map<ReconcileKey, number>();
  readonly #done = new Map<ReconcileKey, Untold>();

  /** Removals that were decided on and are about to be sent. */
  plan(key: ReconcileKey, count: number): void {
    this.#planned.set(key, count);
  }

  /** What was planned was sent, or won't be. */
  unplan(key: ReconcileKey): void {
    this.#planned.delete(key);
  }

  /** Removals that were sent, and may have been carried out. */
  add(key: ReconcileKey, { uid, time, removed, isApproved }: Omit<Untold, 'removed'> & { readonly removed: readonly string[] }): void {
    const before = this.of(key, uid);
    this.#done.set(key, {
      uid,
      time,
      removed: new Set([...(before?.removed ?? []), ...removed]),
      isApproved: isApproved || before?.isApproved === true,
    });
  }

  of(key: ReconcileKey, uid: string | undefined): Untold | undefined {
    const untold = this.#done.get(key);
    return untold?.uid === uid ? untold : undefined;
  }

  /** How many were removed since then, in milliseconds since the epoch, or are about to be. */
  countSince(key: ReconcileKey, uid: string | undefined, since: number): { readonly done: number; readonly planned: number } {
    const untold = this.of(key, uid);
    const done = untold === undefined || untold.time <= since ? 0 : untold.removed.size;
    return { done, planned: this.#planned.get(key) ?? 0 };
  }

  /** The status remembers so much of it. */
  told(key: ReconcileKey, { removed, isApprovalSpent }: { readonly removed?: object; readonly isApprovalSpent?: boolean }): void {
    const untold = this.#done.get(key);
    if (untold === undefined) return;
    const left = {
      ...untold,
      ...(removed === undefined ? {} : { removed: new Set<string>() }),
      isApproved: untold.isApproved && isApprovalSpent !== true,
    };
    if (left.removed.size === 0 && !left.isApproved) this.#done.delete(key);
    else this.#done.set(key, left);
  }

  /** The object is gone. */
  forget(key: ReconcileKey): void {
    this.#done.delete(key);
    this.#planned.delete(key);
  }
}
