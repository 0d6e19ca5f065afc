import { type Holding, type SubjectRef, subjectKey } from '../model/index.ts';
import type { BindingInput, HoldersPlanInput } from './binding-values.ts';
import { sortedUnique } from './sets.ts';

/** One binding's part in whether a subject holds its role. */
export interface Party {
  readonly binding: BindingInput;
  readonly wants: boolean;
  readonly recorded: boolean;
  /** A frozen binding lets its grant go. */
  readonly lapsed: boolean;
}

/** What all bindings of a role have to say about one subject. */
export interface Claim {
  readonly role: string;
  /** Oldest binding first. */
  readonly parties: readonly Party[];
  /** The oldest active binding that wants it. */
  readonly oldest?: BindingInput;
  /** A frozen binding that has it on record. */
  readonly keeper?: BindingInput;
  /** Whether a binding that isn't frozen has it on record. */
  readonly recorded: boolean;
  /** Whether a frozen binding names it: an Authoritative sibling then doesn't sweep it away. */
  readonly spared: boolean;
  /** Whether a binding names it, or has it on record, that can't take part at this moment, or of which nobody can tell whether it belongs here. */
  readonly unsure: boolean;
  /** Whether an active binding that wants it may make the subject active. */
  readonly reactivate: boolean;
}

/** One subject with everything that is said of it and what it holds. */
export interface SubjectClaims {
  readonly subject: SubjectRef;
  readonly holding?: Holding;
  readonly held: ReadonlySet<string>;
  /** By role. */
  readonly claims: ReadonlyMap<string, Claim>;
}

/** The bindings of an organization, turned round: by subject. */
export interface Claims {
  /** Every role that a binding names, sorted. */
  readonly managed: readonly string[];
  readonly isManaged: ReadonlySet<string>;
  /** Active Authoritative bindings by role, oldest first. */
  readonly authoritative: ReadonlyMap<string, readonly BindingInput[]>;
  /** Everybody whom a binding names or has on record, and whoever holds a role of an Authoritative one; sorted by `subjectKey`. */
  readonly subjects: readonly SubjectClaims[];
  readonly multipleRoles: boolean;
  readonly fallbackRole: string | undefined;
  /** Roles of which not everybody is known whom their bindings name. */
  readonly incomplete: ReadonlySet<string>;
}

type Draft<T> = { -readonly [Key in keyof T]: T[Key] };
type ClaimDraft = Draft<Omit<Claim, 'parties'>> & { readonly parties: Draft<Party>[] };
type SubjectDraft = Omit<SubjectClaims, 'claims'> & { readonly claims: Map<string, ClaimDraft> };

/** Turns bindings and holders into claims; costs one step for each subject of each binding. */
export function readClaims({ bindings, holders, multipleRoles, fallbackRole, incomplete = new Set() }: HoldersPlanInput): Claims {
  const oldestFirst = [...bindings].sort((a, b) => (a.age < b.age ? -1 : 1));
  const managed = sortedUnique(bindings.map(({ role }) => role));
  const isAuthoritative = ({ state, mode }: BindingInput): boolean => state === 'active' && mode === 'Authoritative';
  const authoritative = Map.groupBy(oldestFirst.filter(isAuthoritative), ({ role }) => role);
  const drafts = new Map<string, SubjectDraft>();
  const draftOf = (subject: SubjectRef): SubjectDraft => {
    const key = subjectKey(subject);
    const draft = drafts.get(key) ?? emptyDraft(subject, holders.holdings.get(key));
    drafts.set(key, draft);
    return draft;
  };
  for (const binding of oldestFirst) {
    const wanted = binding.state === 'ending' ? [] : binding.wanted;
    for (const subject of wanted) addWish(claimOf(draftOf(subject), binding.role), binding);
    const lapsed = new Set((binding.state === 'frozen' ? binding.lapsed : undefined)?.map(subjectKey));
    for (const subject of binding.recorded) addRecord(claimOf(draftOf(subject), binding.role), binding, lapsed.has(subjectKey(subject)));
  }
  for (const { subject, roles } of holders.holdings.values()) if (roles.some((role) => authoritative.has(role))) draftOf(subject);
  const subjects = [...drafts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, draft]) => draft);
  return { managed, isManaged: new Set(managed), authoritative, subjects, multipleRoles, fallbackRole, incomplete };
}

function emptyDraft(subject: SubjectRef, holding: Holding | undefined): SubjectDraft {
  return { subject, held: new Set(holding?.roles), claims: new Map(), ...(holding === undefined ? {} : { holding }) };
}

function claimOf({ claims }: SubjectDraft, role: string): ClaimDraft {
  const known = claims.get(role);
  if (known !== undefined) return known;
  const claim: ClaimDraft = { role, parties: [], recorded: false, spared: false, unsure: false, reactivate: false };
  claims.set(role, claim);
  return claim;
}

/** The binding's own party is always the last one, because bindings are read one after the other. */
function partyOf({ parties }: ClaimDraft, binding: BindingInput): Draft<Party> {
  const last = parties.at(-1);
  if (last?.binding === binding) return last;
  const party = { binding, wants: false, recorded: false, lapsed: false };
  parties.push(party);
  return party;
}

function addWish(claim: ClaimDraft, binding: BindingInput): void {
  partyOf(claim, binding).wants = true;
  if (binding.state === 'unsure' || binding.isMomentary === true) claim.unsure = true;
  if (binding.state !== 'active') {
    claim.spared = true;
    return;
  }
  claim.oldest ??= binding;
  claim.reactivate ||= binding.reactivate;
}

function addRecord(claim: ClaimDraft, binding: BindingInput, isLapsed: boolean): void {
  const party = partyOf(claim, binding);
  party.recorded = true;
  party.lapsed = isLapsed;
  if (binding.state === 'unsure') claim.unsure = true;
  else if (binding.state === 'frozen' && !isLapsed) claim.keeper ??= binding;
  else claim.recorded = true;
}
