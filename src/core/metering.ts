import type { Reservation } from './budget.ts';
import type { Emitter } from './emitter.ts';
import type { Totals } from './events.ts';
import type { CallObserver } from './ports/model.ts';
import { totalsOfCall } from './totals.ts';

/** What is needed to count a call. */
export interface Metering {
	readonly reservation: Reservation;
	readonly emitter: Emitter;
	/** The node of the tree that the call belongs to. */
	readonly node: { readonly runId: string; readonly nodeId: string; readonly parentId: string };
	readonly spend: (totals: Totals) => void;
}

/**
 * Counts every attempt of a call when it ends, whether or not it gave the reply, so that limits, totals and events
 * agree with what the servers saw.
 */
export function metered({ reservation, emitter, node, spend }: Metering): CallObserver['onAttempt'] {
	return ({ server, model, price }) => {
		const room = reservation.attempt(price);
		return (use) => {
			if (use === undefined) {
				room.release();
				return;
			}
			const { isReply, limitUsd, ...used } = use;
			room.settle(used.usage, limitUsd ?? used.costUsd);
			spend(totalsOfCall(used.usage, used.costUsd));
			if (!isReply) emitter.emit({ type: 'attempt-lost', ...node, server, model, ...used });
		};
	};
}
