import { type Environment, envOf, envPrefix, type FlagSet } from './flags.ts';
import { suggest } from './suggest.ts';
import { UsageError } from './usage-error.ts';

/**
 * What Kubernetes sets in every pod for a Service whose name begins with `rolekeeper`: not meant for us, and no fault of the
 * user.
 */
const serviceVariable = /_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/**
 * Refuses variables that begin like ours and belong to no flag: a slip there would silently leave a default in force. Variables
 * of any command are known to all, so that one environment can serve several. Throws UsageError.
 */
export function refuseUnknownVariables(env: Environment, flagSets: readonly FlagSet[]): void {
  const known = flagSets.flatMap((flags) => Object.values(flags).flatMap((flag) => envOf(flag) ?? []));
  const problems = Object.keys(env)
    .filter((name) => name.startsWith(envPrefix) && !known.includes(name) && !serviceVariable.test(name))
    .sort()
    .map((name) => {
      // The common beginning would make all of them look near.
      const near = suggest(
        name.slice(envPrefix.length),
        known.map((variable) => variable.slice(envPrefix.length)),
      );
      const question = near.length === 0 ? '' : `: did you mean ${near.map((variable) => envPrefix + variable).join(' or ')}?`;
      return `environment variable ${name} is unknown${question}`;
    });
  if (problems.length > 0) {
    throw new UsageError(problems);
  }
}
