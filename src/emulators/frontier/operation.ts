import type { JsonValue } from '../../model/index.ts';
import type { EmulatedOperation, EmulatedRequest } from '../types.ts';
import { allows, callerOf } from './access.ts';
import type { Message } from './message.ts';
import { isUUID, type OrganizationRecord, type ServiceUserRecord } from './records.ts';
import { forbidden, invalid, notFound, unauthenticated } from './refusals.ts';
import type { FrontierState } from './state.ts';

/** An answer with every field that it could have; undefined is left out on each wire. */
export interface View {
  readonly [field: string]: JsonValue | undefined | View | readonly View[];
}

/** Where REST has an operation. */
export interface RestRoute {
  readonly method: EmulatedOperation['method'];
  /** Its places are fields of the message. */
  readonly path: string;
  /** Fields of the message that stand in the query. */
  readonly query?: readonly string[];
  /** Those of them that may be there more than once. */
  readonly lists?: readonly string[];
  /** The field of the message that the body is; `*`: the body is the message. */
  readonly body?: string;
}

/** One operation of the server, whatever it comes over. */
export interface FrontierOperation {
  /** The id in the contracts, and the method's name on Connect. */
  readonly operationId: string;
  /** Undefined: not on Connect. */
  readonly service?: 'FrontierService' | 'AdminService';
  /** Undefined: not on REST. */
  readonly rest?: RestRoute;
  /** What a write belongs to. */
  lane?(state: FrontierState, message: Message): string | undefined;
  /** True: anybody may call. Default: who proves itself. */
  readonly open?: boolean;
  handle(call: Call): View;
}

/** Carries an operation out. Throws Refusal. */
export function carriedOut(state: FrontierState, operation: FrontierOperation, message: Message, request: EmulatedRequest): View {
  const call = new Call(state, operation, message, request);
  if (operation.open !== true) call.caller();
  return operation.handle(call);
}

/** One request. */
export class Call {
  readonly state: FrontierState;
  readonly message: Message;
  readonly request: EmulatedRequest;
  readonly #operationId: string;

  constructor(state: FrontierState, operation: FrontierOperation, message: Message, request: EmulatedRequest) {
    this.state = state;
    this.message = message;
    this.request = request;
    this.#operationId = operation.operationId;
  }

  /** Who calls. Refuses nobody. */
  caller(): ServiceUserRecord {
    return callerOf(this.state, this.request) ?? unauthenticated();
  }

  /** Refuses who isn't a superuser. */
  superuserOnly(): void {
    if (!this.caller().superuser) forbidden();
  }

  /**
   * The organization of a uuid or name, for a caller who has the right on it. An unknown uuid is forbidden to everybody: the
   * store of relations is asked first, and knows nothing of it.
   */
  organization(text: string, right: string): OrganizationRecord {
    const caller = this.caller();
    const found = this.state.organizations.get(text) ?? this.state.organizationByName(text);
    if (found === undefined) return isUUID(text) ? forbidden() : notFound('org');
    return allows(this.state, caller, found, right) ? found : forbidden();
  }

  /** Refuses a field. */
  invalid(field: string, problem: string): never {
    return invalid(`${this.#operationId}Request`, field, problem);
  }

  /** A field that must be a uuid. */
  uuid(field: string): string {
    const value = this.message.text(field);
    return isUUID(value) ? value : this.invalid(field, 'value must be a valid UUID');
  }
}
