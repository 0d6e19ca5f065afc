import { UserError } from '../lib/index.ts';
import type { DemoProvider } from './demo-provider.ts';
import { frontierDemo } from './frontier.ts';
import { jitsudoDemo } from './jitsudo.ts';
import { karmoDemo } from './karmo.ts';
import { klustrDemo } from './klustr.ts';
import { workosDemo } from './workos.ts';

/** The providers that the demo can show. A new one is a file, its examples, the seed of its emulator, and an entry here. */
export const demoProviders: readonly DemoProvider[] = [workosDemo, karmoDemo, klustrDemo, jitsudoDemo, frontierDemo];

/** Finds one by name. Throws UserError that names those there are. */
export function demoProvider(name: string): DemoProvider {
  const found = demoProviders.find((provider) => provider.name === name);
  if (found === undefined) {
    throw new UserError(
      `The demo can't show the provider "${name}" yet. It can show: ${demoProviders.map((other) => other.name).join(', ')}.`,
    );
  }
  return found;
}
