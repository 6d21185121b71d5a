import { formatCount } from '../../core/figures.ts';
import type { GpuFigures, GpuMemory } from './gpu.ts';
import type { HealthMinute } from './healthHistory.ts';

const GIB = 1024 ** 3;

/** `12.3/24 GB`; without the total where it is unknown. */
export function formatMemory({ usedBytes, totalBytes }: GpuMemory): string {
	const total = totalBytes === undefined ? '' : `/${Math.round(totalBytes / GIB)}`;
	return `${formatGigabytes(usedBytes)}${total} GB`;
}

/** `5.2`, `141`: gigabytes of 1024³ bytes, without the unit. */
export function formatGigabytes(bytes: number): string {
	return (bytes / GIB).toFixed(bytes < 99.5 * GIB ? 1 : 0);
}

/** Figures of a GPU: load, memory, temperature, power, trouble. */
export function gpuParts(gpu: GpuFigures): readonly string[] {
	const used = gpu.usedBytes === undefined ? undefined : formatGigabytes(gpu.usedBytes);
	const total = gpu.totalBytes === undefined ? '' : `/${formatGigabytes(gpu.totalBytes)}`;
	const parts = [
		gpu.busyShare === undefined ? undefined : `${Math.round(gpu.busyShare * 100)} %`,
		used === undefined ? undefined : `${used}${total} GB`,
		gpu.celsius === undefined ? undefined : `${Math.round(gpu.celsius)} °C`,
		gpu.watts === undefined ? undefined : `${Math.round(gpu.watts)} W`,
		gpu.isThrottled ? 'throttled' : undefined,
		gpu.driverError === undefined ? undefined : `driver error ${gpu.driverError}`,
	];
	return parts.filter((part) => part !== undefined);
}

const BARS = '▁▂▃▄▅▆▇█';
/** Minutes that one character covers. */
const MINUTES_OF_A_BAR = 5;

/**
 * The last hour as twelve characters of five minutes. The height is the used share of places, `✗` means the server was
 * down, `·` that nobody asked.
 */
export function sparkline(history: readonly (HealthMinute | undefined)[], limit: number): string {
	const bars: string[] = [];
	for (let start = 0; start < history.length; start += MINUTES_OF_A_BAR) {
		const minutes = history.slice(start, start + MINUTES_OF_A_BAR).filter((minute) => minute !== undefined);
		if (minutes.length === 0) bars.push('·');
		else if (minutes.some(({ state }) => state === 'down')) bars.push('✗');
		else bars.push(barOf(Math.max(...minutes.map(({ inFlight }) => inFlight)) / Math.max(1, limit)));
	}
	return bars.join('');
}

function barOf(share: number): string {
	return BARS[Math.min(BARS.length - 1, Math.ceil(Math.min(1, share) * (BARS.length - 1)))] ?? '';
}

/** `12 s`, `5 min`, `7 h`, `3 d`. */
export function formatAge(milliseconds: number): string {
	const seconds = Math.max(0, Math.round(milliseconds / 1000));
	if (seconds < 60) return `${seconds} s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
	return seconds < 48 * 3600 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** `4.2`, `34`: tokens per second, without the unit. */
export function formatSpeed(tokensPerSecond: number): string {
	return tokensPerSecond < 10 ? tokensPerSecond.toFixed(1) : formatCount(Math.round(tokensPerSecond));
}
