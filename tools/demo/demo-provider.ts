/** An object of the examples. */
export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** A role's place at the provider. */
export interface RolePlace {
  readonly organization: string;
  readonly slug: string;
}

/** A role as the provider has it. */
export interface HeldRole extends RolePlace {
  /** Sorted. */
  readonly permissions: readonly string[];
  /** Belongs to the provider or to a whole environment: rolekeeper never changes it. */
  readonly system: boolean;
}

/** One permission more and one less. */
export interface Tampering {
  readonly add: string;
  readonly remove: string;
}

/** What the demo has to know of a provider. Everything else comes from its examples. */
export interface DemoProvider {
  /** Name of the provider's emulator, of its folder in `examples/` and of its metrics. */
  readonly name: string;
  /** Name for people. */
  readonly title: string;
  /** The port of the emulator that the examples point at. */
  readonly port: number;
  /** Namespaces all of whose Roles become Ready. */
  readonly readyNamespaces: readonly string[];
  /** A Role in mode Observe that differs from the provider; undefined where roles can't be read: what is declared is sent again instead. */
  readonly observed?: ObjectName & RolePlace;
  /** A Role that is enforced, and what somebody does to it behind the operator's back. */
  readonly tampered: ObjectName & RolePlace & Tampering;
  /** A Role with deletionPolicy Delete; undefined where roles can't be deleted. */
  readonly deleted?: ObjectName & RolePlace;
  /** A RoleBinding, the role that it grants, and who holds that role then, as `listHolders` names them. */
  readonly bound: ObjectName & RolePlace & { readonly holders: readonly string[] };
  /** A Role with deletionPolicy Retain whose role somebody holds. */
  readonly retained: ObjectName & RolePlace;
  /** Whether an operation of the contract only reads. */
  isRead(operation: string): boolean;
  /** Talks to the API as somebody with its credential does, who is not the operator. */
  connect(url: string): ProviderSession;
}

/** Somebody with a credential of the provider. */
export interface ProviderSession {
  /** Every role of every organization. */
  listRoles(): Promise<readonly HeldRole[]>;
  /** Who holds a role, sorted. */
  listHolders(role: RolePlace): Promise<readonly string[]>;
  /** Changes a role, and says by which calls. */
  tamper(role: RolePlace & Tampering): Promise<readonly string[]>;
  /** A command that adds a permission to a role, as words of a shell. */
  tamperCommand(role: RolePlace & Tampering): readonly string[];
}

/** Where and how a session calls. */
export interface SessionAccess {
  /** Without a slash at the end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The same call as a command, as words of a shell. */
export function shownCurl({ url, headers }: SessionAccess, method: string, path: string, body: unknown): readonly string[] {
  const shown = Object.entries({ ...headers, 'content-type': 'application/json' }).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  return ['curl', '-sS', '-w', '\\n', '-X', method, ...shown, '-d', JSON.stringify(body), `${url}${path}`];
}

/** Makes one call and returns the parsed answer. Rejects when it is refused. */
export async function callProvider({ url, headers }: SessionAccess, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) {
    throw new Error(`${method} ${url}${path} was answered with ${answer.status}: ${text}`);
  }
  return text === '' ? undefined : JSON.parse(text);
}
