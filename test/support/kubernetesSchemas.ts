import * as v from 'valibot';

/**
 * The part of the Kubernetes API that deploy/ uses, field by field as its reference describes it. Strict: a field that
 * is not listed is an error, which is how a misspelt security setting shows. (The published JSON schemas allow unknown
 * fields, and a cluster drops them with a warning.)
 */
const name = v.pipe(v.string(), v.regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/), v.maxLength(253));
const labels = v.record(v.string(), v.pipe(v.string(), v.regex(/^[\w.-]*$/), v.maxLength(63)));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
const portOrName = v.union([port, name]);
const quantity = v.pipe(v.string(), v.regex(/^\d+(\.\d+)?(m|[kMGTPE]|[KMGTPE]i)?$/));
const metadata = v.strictObject({ name, labels: v.exactOptional(labels), namespace: v.exactOptional(name) });
const selector = v.strictObject({ matchLabels: v.exactOptional(labels) });
const resources = v.strictObject({
	cpu: v.exactOptional(quantity),
	memory: v.exactOptional(quantity),
	'ephemeral-storage': v.exactOptional(quantity),
});
const seccompProfile = v.strictObject({ type: v.picklist(['RuntimeDefault', 'Localhost', 'Unconfined']) });

const probe = v.strictObject({
	httpGet: v.strictObject({ path: v.pipe(v.string(), v.startsWith('/')), port: portOrName }),
	periodSeconds: v.exactOptional(count),
	timeoutSeconds: v.exactOptional(count),
	failureThreshold: v.exactOptional(count),
	initialDelaySeconds: v.exactOptional(count),
});

const container = v.strictObject({
	name,
	image: v.string(),
	args: v.exactOptional(v.array(v.string())),
	ports: v.exactOptional(v.array(v.strictObject({ name, containerPort: port }))),
	env: v.exactOptional(
		v.array(
			v.strictObject({
				name: v.string(),
				value: v.exactOptional(v.string()),
				valueFrom: v.exactOptional(v.strictObject({ secretKeyRef: v.strictObject({ name, key: v.string() }) })),
			}),
		),
	),
	resources: v.strictObject({ requests: resources, limits: resources }),
	securityContext: v.strictObject({
		allowPrivilegeEscalation: v.boolean(),
		privileged: v.exactOptional(v.boolean()),
		readOnlyRootFilesystem: v.boolean(),
		capabilities: v.strictObject({ drop: v.array(v.string()), add: v.exactOptional(v.array(v.string())) }),
	}),
	startupProbe: v.exactOptional(probe),
	readinessProbe: v.exactOptional(probe),
	livenessProbe: v.exactOptional(probe),
});

const podSpec = v.strictObject({
	serviceAccountName: v.exactOptional(name),
	automountServiceAccountToken: v.boolean(),
	enableServiceLinks: v.exactOptional(v.boolean()),
	terminationGracePeriodSeconds: v.exactOptional(count),
	securityContext: v.strictObject({
		runAsNonRoot: v.boolean(),
		runAsUser: count,
		runAsGroup: count,
		seccompProfile,
	}),
	topologySpreadConstraints: v.exactOptional(
		v.array(
			v.strictObject({
				maxSkew: count,
				topologyKey: v.string(),
				whenUnsatisfiable: v.picklist(['ScheduleAnyway', 'DoNotSchedule']),
				labelSelector: selector,
			}),
		),
	),
	containers: v.pipe(v.array(container), v.minLength(1)),
});

const deployment = v.strictObject({
	apiVersion: v.literal('apps/v1'),
	kind: v.literal('Deployment'),
	metadata,
	spec: v.strictObject({
		replicas: count,
		selector,
		strategy: v.strictObject({
			type: v.literal('RollingUpdate'),
			rollingUpdate: v.strictObject({ maxSurge: count, maxUnavailable: count }),
		}),
		template: v.strictObject({ metadata: v.strictObject({ labels }), spec: podSpec }),
	}),
});

const service = v.strictObject({
	apiVersion: v.literal('v1'),
	kind: v.literal('Service'),
	metadata,
	spec: v.strictObject({
		type: v.picklist(['ClusterIP', 'NodePort', 'LoadBalancer']),
		selector: labels,
		ports: v.array(v.strictObject({ name, port, targetPort: portOrName })),
	}),
});

const policyRule = v.strictObject({
	from: v.pipe(
		v.array(v.strictObject({ namespaceSelector: v.exactOptional(selector), podSelector: v.exactOptional(selector) })),
		v.minLength(1),
	),
	ports: v.pipe(v.array(v.strictObject({ protocol: v.picklist(['TCP', 'UDP']), port: portOrName })), v.minLength(1)),
});

const networkPolicy = v.strictObject({
	apiVersion: v.literal('networking.k8s.io/v1'),
	kind: v.literal('NetworkPolicy'),
	metadata,
	spec: v.strictObject({
		podSelector: selector,
		policyTypes: v.array(v.picklist(['Ingress', 'Egress'])),
		ingress: v.exactOptional(v.array(policyRule)),
		/** No rule is the only one that is used: nothing goes out. */
		egress: v.exactOptional(v.pipe(v.array(v.unknown()), v.maxLength(0))),
	}),
});

const scalingPolicy = v.strictObject({ type: v.picklist(['Pods', 'Percent']), value: count, periodSeconds: count });
const scalingRules = v.strictObject({
	stabilizationWindowSeconds: v.exactOptional(count),
	policies: v.exactOptional(v.array(scalingPolicy)),
});

const autoscaler = v.strictObject({
	apiVersion: v.literal('autoscaling/v2'),
	kind: v.literal('HorizontalPodAutoscaler'),
	metadata,
	spec: v.strictObject({
		scaleTargetRef: v.strictObject({ apiVersion: v.literal('apps/v1'), kind: v.literal('Deployment'), name }),
		minReplicas: count,
		maxReplicas: count,
		metrics: v.array(
			v.strictObject({
				type: v.literal('Resource'),
				resource: v.strictObject({
					name: v.picklist(['cpu', 'memory']),
					target: v.strictObject({ type: v.literal('Utilization'), averageUtilization: count }),
				}),
			}),
		),
		behavior: v.strictObject({ scaleUp: scalingRules, scaleDown: scalingRules }),
	}),
});

const disruptionBudget = v.strictObject({
	apiVersion: v.literal('policy/v1'),
	kind: v.literal('PodDisruptionBudget'),
	metadata,
	spec: v.strictObject({ maxUnavailable: count, selector }),
});

const namespace = v.strictObject({ apiVersion: v.literal('v1'), kind: v.literal('Namespace'), metadata });

const serviceAccount = v.strictObject({
	apiVersion: v.literal('v1'),
	kind: v.literal('ServiceAccount'),
	metadata,
	automountServiceAccountToken: v.boolean(),
});

const kustomization = v.strictObject({
	apiVersion: v.literal('kustomize.config.k8s.io/v1beta1'),
	kind: v.literal('Kustomization'),
	namespace: name,
	resources: v.array(v.string()),
	images: v.array(v.strictObject({ name: v.string(), newName: v.string(), newTag: v.string() })),
});

const SCHEMAS = {
	Deployment: deployment,
	Service: service,
	NetworkPolicy: networkPolicy,
	HorizontalPodAutoscaler: autoscaler,
	PodDisruptionBudget: disruptionBudget,
	Namespace: namespace,
	ServiceAccount: serviceAccount,
	Kustomization: kustomization,
} as const;

type Kind = keyof typeof SCHEMAS;
export type Manifest<K extends Kind> = v.InferOutput<(typeof SCHEMAS)[K]>;

/** What is wrong with a manifest, a line each; empty when nothing is. */
export function problemsOf(manifest: unknown): string[] {
	const kind = v.safeParse(v.object({ kind: v.picklist(Object.keys(SCHEMAS) as Kind[]) }), manifest);
	if (!kind.success) return ['the kind is missing or not known here'];
	const result = v.safeParse(SCHEMAS[kind.output.kind], manifest);
	return (result.issues ?? []).map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
}

/** The manifests of a kind. */
export function ofKind<K extends Kind>(manifests: readonly unknown[], kind: K): Manifest<K>[] {
	const schema: v.GenericSchema<unknown, unknown> = SCHEMAS[kind];
	return manifests.flatMap((manifest) => {
		const result = v.safeParse(schema, manifest);
		return result.success ? [result.output as Manifest<K>] : [];
	});
}
