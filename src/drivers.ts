import { frontierDriver } from './providers/frontier/index.ts';
import type { ProviderDriver } from './providers/index.ts';
import { jitsudoDriver } from './providers/jitsudo/index.ts';
import { karmoDriver } from './providers/karmo/index.ts';
import { klustrDriver } from './providers/klustr/index.ts';
import { workosDriver } from './providers/workos/index.ts';

/** The providers of this build. A new one is a folder in `providers/` and a line here. */
export const drivers: readonly ProviderDriver[] = [workosDriver, karmoDriver(workosDriver), klustrDriver, jitsudoDriver, frontierDriver];
