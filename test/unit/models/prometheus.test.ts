import { describe, expect, test } from 'vitest';
import { meanOf, parsePrometheus, sumOf } from '../../../src/models/http/prometheus.ts';

describe('metrics in the Prometheus text format', () => {
	test('names, labels, timestamps and comments', () => {
		const text = `# HELP up Whether it is up.
# TYPE up gauge
up 1
http_requests_total{method="post",code="200"} 1027 1395066363000
with_space { a = "1" , b="2", } 3.5e2

`;
		expect(parsePrometheus(text)).toEqual([
			{ name: 'up', labels: {}, value: 1 },
			{ name: 'http_requests_total', labels: { method: 'post', code: '200' }, value: 1027 },
			{ name: 'with_space', labels: { a: '1', b: '2' }, value: 350 },
		]);
	});

	test('escapes in label values', () => {
		const [sample] = parsePrometheus(String.raw`m{path="C:\\DIR\\FILE.TXT",error="No \"x\"\nat {1}, ok"} 1`);
		expect(sample?.labels).toEqual({ path: 'C:\\DIR\\FILE.TXT', error: 'No "x"\nat {1}, ok' });
	});

	test('values that are not finite', () => {
		const values = parsePrometheus('a NaN\na +Inf\na -Inf\na Inf\na -0.5').map(({ value }) => value);
		expect(values).toEqual([
			Number.NaN,
			Number.POSITIVE_INFINITY,
			Number.NEGATIVE_INFINITY,
			Number.POSITIVE_INFINITY,
			-0.5,
		]);
	});

	test('invalid lines are skipped', () => {
		const text = '{"json": true}\n<html>\n9name 1\nm{a="x" 1\nm{a=x} 1\nm\nm one\nok 2\r\n';
		expect(parsePrometheus(text)).toEqual([{ name: 'ok', labels: {}, value: 2 }]);
	});

	test('sums and means leave out what is not finite, and take the first name that is there', () => {
		const samples = parsePrometheus('new{e="0"} 0.2\nnew{e="1"} 0.4\nnew{e="2"} NaN\nold 9');
		expect(sumOf(samples, 'new')).toBeCloseTo(0.6);
		expect(meanOf(samples, 'new', 'old')).toBeCloseTo(0.3);
		expect(meanOf(samples, 'missing', 'old')).toBe(9);
		expect(sumOf(samples, 'missing')).toBeUndefined();
	});
});
