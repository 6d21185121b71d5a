import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Lets CommonJS packages ask for Node's own modules in a bundle of ES modules, which has no `require`. Each such module
 * is taken from the process when the package that wants it is loaded; nothing else becomes reachable.
 */
export const nodeBuiltins: Plugin = {
	name: 'node-builtins',
	setup(build) {
		build.onResolve({ filter: /.*/ }, ({ path, kind }) =>
			kind === 'require-call' && isBuiltin(path) ? { path, namespace: 'node-builtin' } : undefined,
		);
		build.onLoad({ filter: /.*/, namespace: 'node-builtin' }, ({ path }) => ({
			contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
		}));
	},
};
