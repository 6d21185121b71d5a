import { describe, expect, test } from 'vitest';
import { parsePrometheus } from '../../../src/models/http/prometheus.ts';
import { gpuMemory, readGpus } from '../../../src/pool/health/gpu.ts';

const GIB = 1024 ** 3;

describe('GPU figures', () => {
	test('from dcgm-exporter, without the figures that a card does not have', () => {
		const labels = (gpu: number) =>
			`{gpu="${gpu}",UUID="GPU-${gpu}",device="nvidia${gpu}",modelName="NVIDIA RTX 4090",Hostname="gpu-box"}`;
		const text = `# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL${labels(0)} 83
DCGM_FI_DEV_GPU_UTIL${labels(1)} 0
DCGM_FI_DEV_FB_USED${labels(0)} 20480
DCGM_FI_DEV_FB_FREE${labels(0)} 4096
DCGM_FI_DEV_GPU_TEMP${labels(0)} 71
DCGM_FI_DEV_POWER_USAGE${labels(0)} 9223372036854775794
DCGM_FI_DEV_XID_ERRORS${labels(1)} 79
`;
		expect(readGpus(parsePrometheus(text))).toEqual([
			{
				name: 'NVIDIA RTX 4090',
				host: 'gpu-box',
				busyShare: 0.83,
				usedBytes: 20 * GIB,
				totalBytes: 24 * GIB,
				celsius: 71,
			},
			{ name: 'NVIDIA RTX 4090', host: 'gpu-box', busyShare: 0, driverError: 79 },
		]);
	});

	test('from nvidia_gpu_exporter, whose names are in a metric of their own', () => {
		const text = `nvidia_smi_gpu_info{uuid="a",name="Tesla M40 24GB",driver_version="570"} 1
nvidia_smi_utilization_gpu_ratio{uuid="a"} 0.5
nvidia_smi_memory_used_bytes{uuid="a"} 1.2e+10
nvidia_smi_memory_total_bytes{uuid="a"} 2.4e+10
nvidia_smi_temperature_gpu{uuid="a"} 64
nvidia_smi_power_draw_watts{uuid="a"} NaN
nvidia_smi_clocks_event_reasons_hw_thermal_slowdown{uuid="a"} 1
go_goroutines 12
`;
		expect(readGpus(parsePrometheus(text))).toEqual([
			{
				name: 'Tesla M40 24GB',
				busyShare: 0.5,
				usedBytes: 1.2e10,
				totalBytes: 2.4e10,
				celsius: 64,
				isThrottled: true,
			},
		]);
		expect(readGpus(parsePrometheus('go_goroutines 12'))).toEqual([]);
	});

	test('memory: measured, else that of loaded models; the total from the settings where unknown', () => {
		const models = [{ vramBytes: 18 * GIB }, {}, { vramBytes: 2 * GIB }];
		expect(gpuMemory([{ name: 'a', usedBytes: 5 * GIB, totalBytes: 8 * GIB }], models, 24)).toEqual({
			usedBytes: 5 * GIB,
			totalBytes: 8 * GIB,
			isWhole: true,
		});
		expect(gpuMemory([], models, 24)).toEqual({ usedBytes: 20 * GIB, totalBytes: 24 * GIB, isWhole: false });
		expect(gpuMemory([], models, undefined)).toEqual({ usedBytes: 20 * GIB, isWhole: false });
		expect(gpuMemory([], [{}], 24)).toBeUndefined();
	});
});
