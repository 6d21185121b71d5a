import { computeScript } from '../../src/assets.ts';
import { Compute } from '../../src/compute/compute.ts';
import { jsonReader } from '../../src/compute/jsonReader.ts';

/** The thread for checks of this test process; it ends by itself when it is idle. */
export const compute = new Compute(computeScript);

export const json = jsonReader(compute);
