import type { ObjectMeta } from '../api/index.ts';

/** A `coordination.k8s.io/v1` Lease. */
export interface Lease {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: LeaseSpec;
}

/** Who holds a Lease. Times are MicroTime texts; only people read them, since clocks of machines differ. */
export interface LeaseSpec {
  /** Empty or absent: nobody. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}
