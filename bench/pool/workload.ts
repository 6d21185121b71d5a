import type { ModelRole } from '../../src/core/ports/model.ts';
import { conversationRun, type Load, type Scenario, type TokenRange } from './scenario.ts';
import { randomFrom } from './virtualClock.ts';

/** One call of a workload, with the length of its reply, which only the servers know. */
export interface SimJob {
	readonly id: number;
	readonly run: string;
	readonly role: ModelRole;
	readonly model: string;
	readonly conversation: string;
	readonly promptTokens: number;
	/** Prompt tokens that no earlier call of the conversation had. */
	readonly newTokens: number;
	readonly completionTokens: number;
	/** After the start of its step, ms. */
	readonly afterMs: number;
}

/** Calls of a run, step by step: a step begins when the one before it has ended. */
export interface Program {
	readonly run: string;
	/** The run of the load that it belongs to. */
	readonly load: string;
	readonly kind: Load['kind'];
	readonly startMs: number;
	/** Before each step but the first, ms. */
	readonly pauseMs: number;
	readonly steps: readonly (readonly SimJob[])[];
}

/** Draws all calls of a scenario, the same for the same seed whatever the servers do. */
export function drawPrograms({ load }: Scenario, seed: number, calls: number | undefined): readonly Program[] {
	const draw = new Draw(seed);
	return load.flatMap((entry) => draw.programs(entry, calls));
}

/** Calls before the measured ones, from which the pool learns the speeds of the servers. */
export function drawWarmUp({ warmUp }: Scenario, seed: number): Program | undefined {
	if (!warmUp) return undefined;
	return new Draw(~seed, WARM_UP_IDS).programs({ kind: 'batch', run: 'warm-up', at: 0, ...warmUp }, warmUp.calls)[0];
}

/** Apart from those of the measured calls. */
const WARM_UP_IDS = 1_000_000;

class Draw {
	readonly #random: () => number;
	#jobs: number;

	constructor(seed: number, firstId = 0) {
		this.#jobs = firstId;
		this.#random = randomFrom(seed ^ 0x5bd1e995);
	}

	programs(load: Load, calls: number | undefined): readonly Program[] {
		const program = { run: load.run, load: load.run, kind: load.kind, startMs: load.at * 1000, pauseMs: 0 };
		switch (load.kind) {
			case 'batch':
				return [{ ...program, steps: [this.#subCalls(load, calls ?? load.calls)] }];
			case 'poisson': {
				let at = 0;
				const jobs = this.#subCalls(load, calls ?? load.calls).map((job) => {
					at += (-Math.log(1 - this.#random()) * 60_000) / load.perMinute;
					return { ...job, afterMs: at };
				});
				return [{ ...program, steps: [jobs] }];
			}
			case 'rounds': {
				const calls = this.#conversation(load.run, load.root, load.rounds);
				return [{ ...program, steps: calls.flatMap((call) => [[call], this.#subCalls(load, load.calls)]) }];
			}
			case 'conversations':
				return Array.from({ length: load.count }, (_, index) => {
					const run = load.count === 1 ? load.run : conversationRun(load.run, index);
					const calls = this.#conversation(run, load, load.turns);
					return { ...program, run, pauseMs: load.pauseSeconds * 1000, steps: calls.map((call) => [call]) };
				});
		}
	}

	#subCalls(
		load: { run: string; model: string; promptTokens: TokenRange; completionTokens: TokenRange },
		calls: number,
	) {
		return Array.from({ length: calls }, (): SimJob => {
			const id = this.#jobs++;
			const promptTokens = this.#tokens(load.promptTokens);
			return {
				id,
				run: load.run,
				role: 'sub',
				model: load.model,
				conversation: `call-${id}`,
				promptTokens,
				newTokens: promptTokens,
				completionTokens: this.#tokens(load.completionTokens),
				afterMs: 0,
			};
		});
	}

	#conversation(
		run: string,
		root: { model: string; promptTokens: TokenRange; growthTokens: TokenRange; completionTokens: TokenRange },
		count: number,
	): readonly SimJob[] {
		let promptTokens = 0;
		return Array.from({ length: count }, (_, index): SimJob => {
			const newTokens = this.#tokens(index === 0 ? root.promptTokens : root.growthTokens);
			promptTokens += newTokens;
			const completionTokens = this.#tokens(root.completionTokens);
			const job: SimJob = {
				id: this.#jobs++,
				run,
				role: 'root',
				model: root.model,
				conversation: run,
				promptTokens,
				newTokens,
				completionTokens,
				afterMs: 0,
			};
			promptTokens += completionTokens;
			return job;
		});
	}

	#tokens(range: TokenRange): number {
		if (typeof range === 'number') return range;
		return Math.round(range[0] + this.#random() * (range[1] - range[0]));
	}
}
