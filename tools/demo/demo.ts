import { ensureBinaries, startControlPlane } from '../controlplane/index.ts';
import { type DemoOptions, DemoRun } from './demo-run.ts';
import { overview } from './overview.ts';
import { since } from './parts.ts';
import { deletionStep, driftStep, quietStep, readyStep, summary, type TourContext } from './tour.ts';

/** Much longer than the demo takes. */
const tokenSeconds = 3600;

/**
 * Shows everything, ends everything, and says whether all went as it should. Rejects with UserError when the machine lacks something
 * that it needs. Nothing is left in either case.
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { providers, screen } = options;
  const [one, ...more] = providers;
  const shown = more.length === 0 ? `an emulated ${one?.title}` : 'an emulated server of each provider';
  screen.heading(`rolekeeper with ${shown}. All of it runs on this machine and ends with the demo.`);
  const binaries = await ensureBinaries();
  const startedAt = performance.now();
  const run = new DemoRun(options);
  return run.carryOut(async () => {
    const startCluster = async () => {
      const controlPlane = await startControlPlane({ binaries });
      run.atEnd(() => controlPlane.stop());
      const { directory, server, kubeconfig } = controlPlane;
      return { directory, server, kubeconfig, kubectl: binaries.kubectl };
    };
    const tours = await run.start({ startCluster, tokenSeconds });
    const [only, ...others] = tours;
    if (only !== undefined && others.length === 0) await tourOf(only);
    else await overview(tours);
    screen.gap();
    screen.heading(`All ${screen.stepNumber} steps went as they should, in ${since(startedAt)}. What the operator did:`);
    await summary(tours);
    screen.gap();
    if (others.length > 0) screen.heading('make demo PROVIDER=workos shows one of them closely, with deletion, plans and Events.');
    screen.heading('To try things yourself: make demo-up leaves the parts running, make demo-down ends them.');
  });
}

/** Everything that there is to see with one provider. */
async function tourOf(tour: TourContext): Promise<void> {
  await readyStep(tour);
  await driftStep(tour);
  await quietStep(tour);
  await deletionStep(tour);
}
