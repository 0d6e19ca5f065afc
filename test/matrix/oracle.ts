/** Roles and holders at a provider. */
export interface Picture {
  /** Permissions by slug, sorted; undefined: there is no such role. */
  readonly roles: Readonly<Record<string, readonly string[] | undefined>>;
  /** Slugs of roles by person. */
  readonly held: Readonly<Record<string, readonly string[]>>;
}

/**
 * Judges each step from one picture of the provider to the next by what people have declared, and by nothing else: a step may add what is
 * declared and wasn't there, and take away what isn't declared. It knows neither how the operator works nor what went wrong on the way.
 */
export class Oracle {
  readonly violations: string[] = [];
  #last: Picture;
  #declared: Picture;

  /** `declared` names every role and person of the pictures. */
  constructor(first: Picture, declared: Picture) {
    this.#last = first;
    this.#declared = declared;
  }

  /** Takes the next picture; `cause` is what happened just before it. */
  see(next: Picture, cause: string): void {
    for (const [slug, permissions] of Object.entries(next.roles)) {
      this.#judgeRole(`role ${slug}`, this.#last.roles[slug], permissions, this.#declared.roles[slug], cause);
    }
    for (const [person, roles] of Object.entries(next.held)) {
      this.#judgeSet(`${person} as holder of`, this.#last.held[person] ?? [], roles, this.#declared.held[person] ?? [], cause);
    }
    this.#last = next;
  }

  #judgeRole(
    what: string,
    before: readonly string[] | undefined,
    after: readonly string[] | undefined,
    declared: readonly string[] | undefined,
    cause: string,
  ): void {
    if (after === undefined && before !== undefined && declared !== undefined) this.violations.push(`${cause}: ${what} was deleted`);
    if (after !== undefined && before === undefined && declared === undefined) this.violations.push(`${cause}: ${what} was created`);
    if (after !== undefined) this.#judgeSet(`${what}: permission`, before ?? [], after, declared ?? [], cause);
  }

  #judgeSet(what: string, before: readonly string[], after: readonly string[], declared: readonly string[], cause: string): void {
    for (const lost of before.filter((each) => !after.includes(each) && declared.includes(each))) {
      this.violations.push(`${cause}: ${what} ${lost} was taken away`);
    }
    for (const gained of after.filter((each) => !before.includes(each) && !declared.includes(each))) {
      this.violations.push(`${cause}: ${what} ${gained} was added`);
    }
    if (new Set(after).size < after.length && new Set(before).size === before.length) {
      this.violations.push(`${cause}: ${what} ${after.join(', ')} came about twice`);
    }
  }
}
