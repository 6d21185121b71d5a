import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { ofKind, problemsOf } from '../../support/kubernetesSchemas.ts';
import { publishedProblemsOf } from '../../support/publishedSchemas.ts';

const deploy = path.join(import.meta.dirname, '../../../deploy');
const folder = path.join(deploy, 'kubernetes');
const files = globSync('*.yaml', { cwd: folder }).sort();
const read = (file: string): unknown[] => loadAll(readFileSync(path.join(folder, file), 'utf8'));
const manifests = files.flatMap(read);

const [deployment] = ofKind(manifests, 'Deployment');
const pod = deployment?.spec.template.spec;
const container = pod?.containers[0];
const args = new Map(container?.args?.map((arg) => arg.split('=') as [string, string]));

describe('the manifests', () => {
	it.each(files)('of %s have no field that Kubernetes does not know, and none of a wrong type', (file) => {
		expect(read(file).flatMap(problemsOf)).toEqual([]);
	});

	it.each(files)('of %s are what the published schemas of Kubernetes describe', (file) => {
		expect(read(file).map(publishedProblemsOf).filter(Boolean)).toEqual([]);
	});

	it.each([
		['replicas: 2', 'replicas: two', 'replicas'],
		['containerPort: ', 'containerPorts: ', 'containerPort'],
		['runAsNonRoot: true', 'runAsNonRoot: maybe', 'runAsNonRoot'],
		['apiVersion: apps/v1', 'apiVersion: apps/v2', 'no schema for apps/v2 Deployment'],
	])('would not pass the published schemas with %s as %s', (from, to, problem) => {
		const text = readFileSync(path.join(folder, 'deployment.yaml'), 'utf8');
		const changed = loadAll(text.replace(from, to));
		expect(changed.map(publishedProblemsOf).join('\n')).toContain(problem);
	});

	it('would not pass with a misspelt security setting, a wrong type, or another kind', () => {
		const changed = (change: (text: string) => string) => {
			const text = readFileSync(path.join(folder, 'deployment.yaml'), 'utf8');
			expect(change(text)).not.toBe(text);
			return loadAll(change(text)).flatMap(problemsOf).join('\n');
		};
		expect(changed((text) => text.replace('readOnlyRootFilesystem', 'readOnlyRootFileSystem'))).toContain(
			'securityContext.readOnlyRootFileSystem',
		);
		expect(changed((text) => text.replace('replicas: 2', 'replicas: two'))).toContain('spec.replicas');
		expect(changed((text) => text.replace('kind: Deployment', 'kind: Job'))).toContain('kind');
	});

	it('are all in the kustomization', () => {
		const [kustomization] = ofKind(manifests, 'Kustomization');
		expect([...(kustomization?.resources ?? [])].sort()).toEqual(files.filter((file) => file !== 'kustomization.yaml'));
		expect(kustomization?.images[0]?.name).toBe(container?.image);
	});

	it('select the pods that there are', () => {
		const labels = deployment?.spec.template.metadata.labels;
		expect(labels).toEqual({ 'app.kubernetes.io/name': 'rlm-sandbox' });
		expect(deployment?.spec.selector.matchLabels).toEqual(labels);
		expect(ofKind(manifests, 'Service')[0]?.spec.selector).toEqual(labels);
		expect(ofKind(manifests, 'PodDisruptionBudget')[0]?.spec.selector.matchLabels).toEqual(labels);
		expect(ofKind(manifests, 'HorizontalPodAutoscaler')[0]?.spec.scaleTargetRef.name).toBe(deployment?.metadata.name);
	});
});

describe('a pod', () => {
	it('runs as nobody, on a root that cannot be written, without capabilities or a token of the cluster', () => {
		expect(pod?.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
		expect(pod?.securityContext.runAsUser).toBeGreaterThan(0);
		expect(pod?.automountServiceAccountToken).toBe(false);
		expect(ofKind(manifests, 'ServiceAccount')[0]?.automountServiceAccountToken).toBe(false);
		expect(pod?.containers).toHaveLength(1);
		expect(container?.securityContext).toEqual({
			allowPrivilegeEscalation: false,
			privileged: false,
			readOnlyRootFilesystem: true,
			capabilities: { drop: ['ALL'] },
		});
	});

	it('has limits, and more memory than its sessions may take together', () => {
		expect(container?.resources.limits).toMatchObject({ cpu: '4', memory: '8Gi' });
		const count = Number(args.get('--max-sessions'));
		const framesMb = count * 192; // a frame that arrives, and what waits to be sent
		const sessionsMb = Number(args.get('--memory-mb')) + Number(args.get('--context-mb')) + framesMb;
		expect(sessionsMb).toBeLessThan(8 * 1024);
		// One session asks for 1 GiB at least.
		expect(Number(args.get('--memory-mb'))).toBeGreaterThanOrEqual(count * 1024);
	});

	it('is probed where the server answers, and has the time to drain', () => {
		expect(container?.readinessProbe?.httpGet).toEqual({ path: '/ready', port: 'http' });
		expect(container?.livenessProbe?.httpGet).toEqual({ path: '/health', port: 'http' });
		expect(pod?.terminationGracePeriodSeconds).toBeGreaterThan(Number(args.get('--drain-seconds')));
	});
});

describe('the network', () => {
	it('is closed both ways for all pods, and open to the port alone', () => {
		const [all, server] = ofKind(manifests, 'NetworkPolicy');
		expect(all?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
		expect(server?.spec.egress).toEqual([]);
		expect(server?.spec.ingress).toHaveLength(1);
		expect(server?.spec.ingress?.[0]?.ports).toEqual([{ protocol: 'TCP', port: 'http' }]);
	});
});

describe('the Dockerfile', () => {
	const lines = readFileSync(path.join(deploy, 'Dockerfile'), 'utf8').split('\n');
	const instruction = (name: string) =>
		lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));

	it('has two stages, ends as the user of the pod, and checks health', () => {
		expect(instruction('FROM')).toEqual(['node:24-slim AS build', 'node:24-slim']);
		expect(instruction('USER')).toEqual([`${pod?.securityContext.runAsUser}:${pod?.securityContext.runAsGroup}`]);
		expect(lines.findIndex((line) => line.startsWith('USER'))).toBeGreaterThan(
			lines.findLastIndex((line) => line.startsWith('RUN')),
		);
		expect(instruction('HEALTHCHECK')[0]).toContain('/health');
		expect(instruction('EXPOSE')).toEqual([String(container?.ports?.[0]?.containerPort)]);
	});

	it('gives the server arguments that it knows, as the pod does', () => {
		const main = readFileSync(path.join(deploy, '../src/cli/main.ts'), 'utf8');
		const entry = `${instruction('ENTRYPOINT')[0]} ${instruction('CMD')[0]} ${[...args.keys()].join(' ')}`;
		for (const [option] of entry.matchAll(/--[a-z-]+/g)) expect(main).toContain(`.option('${option} <`);
		expect(entry).toContain('"dist/cli.js", "sandbox-server"');
	});
});
