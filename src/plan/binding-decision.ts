import type { Claim, Claims, SubjectClaims } from './binding-claims.ts';

/** What a plan does with one subject, and what it would do if it could. */
export interface Decision {
  readonly grant: ReadonlySet<string>;
  readonly revoke: ReadonlySet<string>;
  /** Roles that would be revoked if they had holders enough. */
  readonly withheld: readonly string[];
  /** Roles that would be revoked if that were approved. */
  readonly pending: readonly string[];
  /** Roles that would be revoked if it were known that no other binding wants them. */
  readonly undecided: readonly string[];
  /** Roles that would be granted or revoked if the subject could be changed. */
  readonly barred: readonly string[];
  /** The fallback role, where it makes room for what is granted. */
  readonly gaveWay: string | undefined;
  /** The fallback role, where nobody wants it and it can't be taken away because nothing else would be left. */
  readonly left: string | undefined;
  /** Where one role is the most a subject can hold: the one that the oldest binding wants. */
  readonly winner: Claim | undefined;
  /** The role that stays and leaves no room for the winner. */
  readonly occupant: string | undefined;
  /** Whether the subject is made active for what is granted. */
  readonly reactivate: boolean;
}

const noRole: ReadonlySet<string> = new Set();
const nothing: Decision = {
  grant: noRole,
  revoke: noRole,
  withheld: [],
  pending: [],
  undecided: [],
  barred: [],
  gaveWay: undefined,
  left: undefined,
  winner: undefined,
  occupant: undefined,
  reactivate: false,
};

/**
 * Decides about one subject by itself. `closed`: roles that nobody may be revoked of now; `heldBack`: those that this subject may not be
 * revoked of before somebody approves it.
 *
 * | holds | wanted | on record, or Authoritative | then    |
 * |-------|--------|-----------------------------|---------|
 * | no    | yes    | any                         | granted |
 * | yes   | no     | yes                         | revoked |
 * | else  |        |                             | left    |
 *
 * Where one role is the most, the oldest binding's is wanted and the others aren't, and it is granted only when everything else goes.
 */
export function decide(
  subject: SubjectClaims,
  claims: Claims,
  closed: ReadonlySet<string>,
  heldBack: ReadonlySet<string> = noRole,
): Decision {
  const wish = claims.multipleRoles ? wishMany : wishOne;
  const obstacle = subject.holding?.obstacle;
  const decision = splitWithheld(wish(subject, claims, closed.union(heldBack)), heldBack);
  if (obstacle === undefined) {
    return { ...decision, undecided: [...subject.held].filter((role) => isUndecided(role, subject.claims.get(role), claims)) };
  }
  const mayWake = obstacle.reason === 'Inactive' && [...decision.grant].some((role) => subject.claims.get(role)?.reactivate === true);
  if (mayWake) return { ...decision, reactivate: true };
  // Nobody revokes anything of somebody who can't be changed, so the number of holders is not what stands in the way.
  const { grant, revoke, left, winner, occupant } = wish(subject, claims, noRole);
  return { ...nothing, left, winner, occupant, barred: [...grant, ...revoke] };
}

function splitWithheld(decision: Decision, heldBack: ReadonlySet<string>): Decision {
  if (heldBack.size === 0) return decision;
  const { withheld } = decision;
  return {
    ...decision,
    withheld: withheld.filter((role) => !heldBack.has(role)),
    pending: withheld.filter((role) => heldBack.has(role)),
  };
}

/** Whether the role stays with the subject for the sake of a binding for which nothing is done now. */
function isKept(claim: Claim | undefined): boolean {
  return claim !== undefined && (claim.keeper !== undefined || claim.unsure || (claim.spared && !claim.recorded));
}

/** Whether a role that the subject holds is ours to revoke once nobody wants it. */
function isRevocable(role: string, claim: Claim | undefined, { authoritative, incomplete }: Claims): boolean {
  const isSwept = authoritative.has(role) && !incomplete.has(role);
  return !isKept(claim) && (claim?.recorded === true || isSwept);
}

/** Whether the subject keeps a role only because not everybody is known who may want it to. */
function isUndecided(role: string, claim: Claim | undefined, { authoritative, incomplete }: Claims): boolean {
  if (claim?.oldest !== undefined || claim?.keeper !== undefined) return false;
  if (claim?.unsure === true) return claim.recorded || authoritative.has(role);
  return authoritative.has(role) && incomplete.has(role) && !isKept(claim) && claim?.recorded !== true;
}

function wishMany({ held, claims: said }: SubjectClaims, claims: Claims, closed: ReadonlySet<string>): Decision {
  const grant = [...said.values()].filter(({ role, oldest }) => oldest !== undefined && !held.has(role)).map(({ role }) => role);
  const unwanted = [...held].filter((role) => said.get(role)?.oldest === undefined && isRevocable(role, said.get(role), claims));
  const isFallback = (role: string): boolean => role === claims.fallbackRole;
  const ordinary = unwanted.filter((role) => !isFallback(role));
  const goes = new Set(ordinary.filter((role) => !closed.has(role)));
  const remains = grant.length > 0 || [...held].some((role) => !isFallback(role) && !goes.has(role));
  const due = remains ? unwanted : ordinary;
  return {
    ...nothing,
    grant: new Set(grant),
    revoke: new Set(due.filter((role) => !closed.has(role))),
    withheld: due.filter((role) => closed.has(role)),
    left: remains ? undefined : unwanted.find(isFallback),
  };
}

function wishOne({ held, claims: said }: SubjectClaims, claims: Claims, closed: ReadonlySet<string>): Decision {
  const winner = oldestClaim(said);
  const { fixed, unwanted, outdone } = sortHeld(held, said, claims, winner);
  const hasWon = winner !== undefined && held.has(winner.role);
  const wants = winner !== undefined && !hasWon && fixed.length === 0;
  const due = hasWon || wants ? [...unwanted, ...outdone] : unwanted;
  const withheld = due.filter((role) => closed.has(role));
  const granted = wants && withheld.length === 0 ? winner.role : undefined;
  const isServed = hasWon || granted !== undefined;
  // What another binding still wants goes only to make room: not when the room can't be made.
  const goes = isServed ? due : unwanted;
  return {
    ...nothing,
    grant: granted === undefined ? noRole : new Set([granted]),
    revoke: new Set(goes.filter((role) => !closed.has(role))),
    withheld,
    ...fateOfFallback(held, said, claims, granted !== undefined),
    winner,
    occupant: isServed ? undefined : [...fixed, ...withheld].sort()[0],
  };
}

function fateOfFallback(
  held: ReadonlySet<string>,
  said: ReadonlyMap<string, Claim>,
  { fallbackRole: role }: Claims,
  makesRoom: boolean,
): Pick<Decision, 'gaveWay' | 'left'> {
  if (role === undefined || !held.has(role)) return { gaveWay: undefined, left: undefined };
  if (makesRoom) return { gaveWay: role, left: undefined };
  const claim = said.get(role);
  return { gaveWay: undefined, left: claim?.oldest === undefined && !isKept(claim) ? role : undefined };
}

function oldestClaim(said: ReadonlyMap<string, Claim>): Claim | undefined {
  let oldest: Claim | undefined;
  for (const claim of said.values()) {
    if (claim.oldest === undefined) continue;
    if (oldest?.oldest === undefined || claim.oldest.age < oldest.oldest.age) oldest = claim;
  }
  return oldest;
}

/** What a subject holds besides the winner: `fixed` stays whatever happens, nobody wants what is `unwanted`, a younger binding wants what is `outdone`. */
interface HeldRoles {
  readonly fixed: readonly string[];
  readonly unwanted: readonly string[];
  readonly outdone: readonly string[];
}

/** The fallback role is in none of the three unless it is kept: it gives way by itself, and can't be taken away without another. */
function sortHeld(held: ReadonlySet<string>, said: ReadonlyMap<string, Claim>, claims: Claims, winner: Claim | undefined): HeldRoles {
  const fixed: string[] = [];
  const unwanted: string[] = [];
  const outdone: string[] = [];
  for (const role of held) {
    const claim = said.get(role);
    if (role === winner?.role || (role === claims.fallbackRole && !isKept(claim))) continue;
    if (!isRevocable(role, claim, claims)) fixed.push(role);
    else if (claim?.oldest === undefined) unwanted.push(role);
    else outdone.push(role);
  }
  return { fixed, unwanted, outdone };
}
