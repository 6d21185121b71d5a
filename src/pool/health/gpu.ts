import { present } from '../../core/present.ts';
import { type Sample, sumOf } from '../../models/http/prometheus.ts';

/** One GPU, as an exporter measures it. Fields that it does not report are absent. */
export interface GpuFigures {
	/** Name of the card's model, or its number. */
	readonly name: string;
	/** The machine it is in. */
	readonly host?: string;
	/** Share of time that it is working, 0 to 1. */
	readonly busyShare?: number;
	readonly usedBytes?: number;
	readonly totalBytes?: number;
	readonly celsius?: number;
	readonly watts?: number;
	/** True when it is throttled because of heat or power. */
	readonly isThrottled?: boolean;
	/** Number of the last error reported by the driver. */
	readonly driverError?: number;
}

const MIB = 1024 * 1024;
/** dcgm-exporter writes values of this size for figures that a card lacks. */
const NOT_AVAILABLE = 9_223_372_036_854_775_000;

/**
 * Reads GPUs from the metrics of NVIDIA's dcgm-exporter (`DCGM_FI_DEV_*`) or nvidia_gpu_exporter (`nvidia_smi_*`).
 * Empty when there are none.
 * https://github.com/NVIDIA/dcgm-exporter, https://github.com/utkuozdemir/nvidia_gpu_exporter
 */
export function readGpus(samples: readonly Sample[]): readonly GpuFigures[] {
	const measured = samples.filter(({ value }) => Number.isFinite(value) && value < NOT_AVAILABLE);
	return [...dcgmGpus(measured), ...smiGpus(measured)];
}

function dcgmGpus(samples: readonly Sample[]): GpuFigures[] {
	const own = samples.filter(({ name }) => name.startsWith('DCGM_FI_DEV_'));
	return groups(own, ({ labels }) => labels.UUID ?? `${labels.Hostname ?? ''} ${labels.gpu ?? ''}`).map((group) => {
		const value = (name: string) => sumOf(group, `DCGM_FI_DEV_${name}`);
		const labels = group[0]?.labels ?? {};
		const [used, free, busy, error] = [value('FB_USED'), value('FB_FREE'), value('GPU_UTIL'), value('XID_ERRORS')];
		return figures(labels.modelName ?? `GPU ${labels.gpu ?? '?'}`, {
			host: labels.Hostname,
			busyShare: busy === undefined ? undefined : busy / 100,
			usedBytes: used === undefined ? undefined : used * MIB,
			totalBytes: used === undefined || free === undefined ? undefined : (used + free) * MIB,
			celsius: value('GPU_TEMP'),
			watts: value('POWER_USAGE'),
			driverError: error || undefined,
		});
	});
}

function smiGpus(samples: readonly Sample[]): GpuFigures[] {
	const own = samples.filter(({ name, labels }) => name.startsWith('nvidia_smi_') && labels.uuid !== undefined);
	const names = new Map(own.flatMap(({ labels }) => (labels.name ? [[labels.uuid, labels.name] as const] : [])));
	return groups(own, ({ labels }) => labels.uuid ?? '').map((group) => {
		const value = (name: string) => sumOf(group, `nvidia_smi_${name}`);
		const uuid = group[0]?.labels.uuid ?? '';
		const isSlow = group.filter(({ name }) => /thermal_slowdown$|power_brake_slowdown$/.test(name));
		return figures(names.get(uuid) ?? uuid, {
			busyShare: value('utilization_gpu_ratio'),
			usedBytes: value('memory_used_bytes'),
			totalBytes: value('memory_total_bytes'),
			celsius: value('temperature_gpu'),
			watts: value('power_draw_watts'),
			isThrottled: isSlow.length === 0 ? undefined : isSlow.some(({ value: flag }) => flag === 1),
		});
	});
}

function groups(samples: readonly Sample[], key: (sample: Sample) => string): Sample[][] {
	return [...Map.groupBy(samples, key).values()];
}

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };

function figures(name: string, rest: Optional<Omit<GpuFigures, 'name'>>): GpuFigures {
	return { name, ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) };
}

/** Memory of a server's GPUs. */
export interface GpuMemory {
	readonly usedBytes: number;
	/** Absent when neither the server nor the settings give it. */
	readonly totalBytes?: number;
	/** Whether the figure covers all programs on the GPUs or only this server's models. */
	readonly isWhole: boolean;
}

const GIB = 1024 ** 3;

/**
 * Memory in use: as an exporter measures it, else the sum of the models that the server has on its GPUs. The total is
 * measured or comes from `gpuMemoryGb` in the settings.
 */
export function gpuMemory(
	gpus: readonly GpuFigures[],
	models: readonly { readonly vramBytes?: number }[],
	gpuMemoryGb: number | undefined,
): GpuMemory | undefined {
	const set = gpuMemoryGb === undefined ? undefined : gpuMemoryGb * GIB;
	const used = gpus.flatMap(({ usedBytes }) => usedBytes ?? []);
	if (used.length > 0) {
		const totals = gpus.flatMap(({ totalBytes }) => totalBytes ?? []);
		const total = totals.length > 0 ? sum(totals) : set;
		return present({ usedBytes: sum(used), totalBytes: total, isWhole: true });
	}
	const loaded = models.flatMap(({ vramBytes }) => vramBytes ?? []);
	if (loaded.length === 0) return undefined;
	return present({ usedBytes: sum(loaded), totalBytes: set, isWhole: false });
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}
