import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { SUITES } from '../../../scripts/suites.ts';

const ROOT = path.join(import.meta.dirname, '../../..');

const stepSchema = v.looseObject({
	run: v.optional(v.string()),
	uses: v.optional(v.pipe(v.string(), v.regex(/^[\w-]+\/[\w-]+@v\d+$/))),
	if: v.optional(v.string()),
	with: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]))),
});
const jobSchema = v.looseObject({
	'runs-on': v.string(),
	strategy: v.looseObject({ matrix: v.record(v.string(), v.array(v.string())) }),
	steps: v.array(stepSchema),
});
const workflowSchema = v.looseObject({ jobs: v.record(v.string(), jobSchema) });

const { jobs } = v.parse(workflowSchema, load(readFileSync(path.join(ROOT, '.github/workflows/ci.yml'), 'utf8')));
const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
const steps = Object.values(jobs).flatMap((job) => job.steps);
const commands = steps.flatMap(({ run }) => (run === undefined ? [] : run.trim().split('\n')));

describe('the workflow for three platforms', () => {
	it('runs every job on Linux, macOS and Windows', () => {
		expect(Object.keys(jobs).length).toBeGreaterThan(0);
		for (const job of Object.values(jobs)) {
			expect(job['runs-on']).toMatch(/^\$\{\{ matrix\.os \}\}$/);
			expect(job.strategy.matrix.os).toEqual(['ubuntu-latest', 'macos-latest', 'windows-latest']);
		}
	});

	it.each([
		'npm run check',
		'npm test -- unit',
		'npm test -- integration',
		'npm run package',
		'npm run test:electron',
		'xvfb-run -a npm run test:electron',
	])('has a step that runs %s', (command) => {
		expect(commands).toContain(command);
	});

	it('runs only scripts and suites that there are', () => {
		for (const command of commands) {
			const [, script] = /\bnpm run ([\w:]+)/.exec(command) ?? [];
			if (script !== undefined) expect(Object.keys(scripts)).toContain(script);
			const [, suites = ''] = /\bnpm test -- (.+)/.exec(command) ?? [];
			for (const suite of suites.split(' ').filter(Boolean)) expect(Object.keys(SUITES)).toContain(suite);
			expect(command).toMatch(/^(?:xvfb-run -a )?npm (?:run [\w:]+|test -- [\w -]+)$/);
		}
	});

	it('takes the version of Node from a file that is there', () => {
		const files = steps.flatMap((step) => step.with?.['node-version-file'] ?? []);
		expect(files).toEqual(['.nvmrc']);
		expect(existsSync(path.join(ROOT, '.nvmrc'))).toBe(true);
	});
});
