import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import { reasonOf } from '../../src/core/errors.ts';

/** An object of the Kubernetes API, checked by the JSON schema that is published for it. */
interface Model {
	/** @throws Error that names the fields that are wrong */
	validate(): void;
}

type ModelClass = new (manifest: never) => Model;

/** What deploy/ uses, by `apiVersion` and `kind`. */
const MODELS: Readonly<Record<string, ModelClass>> = {
	'apps/v1 Deployment': apps.Deployment,
	'autoscaling/v2 HorizontalPodAutoscaler': autoscaling.HorizontalPodAutoscaler,
	'networking.k8s.io/v1 NetworkPolicy': networking.NetworkPolicy,
	'policy/v1 PodDisruptionBudget': policy.PodDisruptionBudget,
	'v1 Namespace': core.Namespace,
	'v1 Service': core.Service,
	'v1 ServiceAccount': core.ServiceAccount,
};

/** A file of kustomize, which the API does not know. */
const NOT_OF_THE_API = 'kustomize.config.k8s.io/v1beta1 Kustomization';

/** What the published schema finds wrong with a manifest; empty for nothing. */
export function publishedProblemsOf(manifest: unknown): string {
	const { apiVersion, kind } = manifest as { apiVersion?: unknown; kind?: unknown };
	const name = `${apiVersion} ${kind}`;
	if (name === NOT_OF_THE_API) return '';
	const model = Object.hasOwn(MODELS, name) ? MODELS[name] : undefined;
	if (!model) return `there is no schema for ${name}`;
	try {
		new model(manifest as never).validate();
		return '';
	} catch (error) {
		return reasonOf(error);
	}
}
