import { pathFilter } from './pathFilter.ts';

/**
 * Names of files that usually hold secrets. They are not read unless the user allows them, whatever the folder itself
 * says: neither its `.rlmignore` nor an exclude map re-includes them. `*` matches any characters of a name.
 */
const SECRET_NAMES: readonly string[] = [
	// Environment and shell
	'.env*',
	'*.env',
	'.*_history',
	'*_history.txt',
	'fish_history',
	'.lesshst',
	'.histfile',
	// Keys and key stores
	'*.key',
	'*.pem',
	'*.ppk',
	'*.p8',
	'*.p12',
	'*.pfx',
	'*.jks',
	'*.keystore',
	'*.kdbx',
	'id_rsa*',
	'id_dsa*',
	'id_ecdsa*',
	'id_ed25519*',
	'secring.*',
	'*.ovpn',
	// Passwords and tokens of tools
	'.netrc',
	'_netrc',
	'.npmrc',
	'.pypirc',
	'.git-credentials',
	'.htpasswd',
	'.pgpass',
	'pgpass.conf',
	'.my.cnf',
	'.mylogin.cnf',
	'.vault-token',
	'.yarnrc.yml',
	'pip.conf',
	'nuget.config',
	'.dev.vars',
	'local.settings.json',
	'wp-config.php',
	'.dockercfg',
	'.s3cfg',
	'.boto',
	'.databrickscfg',
	'.terraformrc',
	'terraform.rc',
	'*.tfstate',
	'*.tfstate.*',
	'*.tfvars',
	'*.tfvars.json',
	'kubeconfig',
	'*.kubeconfig',
	// Credentials of applications and services
	'secret.yml',
	'secret.yaml',
	'secret.json',
	'secrets.yml',
	'secrets.yaml',
	'secrets.json',
	'secrets.toml',
	'credentials.json',
	'credentials.csv',
	'credentials.xml',
	'rootkey.csv',
	'auth.json',
	'*firebase-adminsdk*.json',
	'client_secret*.json',
	'application_default_credentials.json',
	'service-account*.json',
	'service_account*.json',
	'serviceaccount*.json',
	'*-service-account.json',
	'gha-creds-*.json',
];

/** Files made to be shared: public keys, and files that show which variables exist. */
const SHARED_NAMES: readonly string[] = [
	'id_*.pub',
	'example.env',
	'sample.env',
	'template.env',
	...['example', 'sample', 'template', 'dist'].flatMap((ending) => [`.env*.${ending}`, `*.env.${ending}`]),
];

/** Endings of paths that usually hold secrets; `**` matches everything below a folder. */
const SECRET_PATHS: readonly string[] = [
	'.ssh/**',
	'.gnupg/**',
	'.password-store/**',
	'.aws/credentials*',
	'.aws/config*',
	'.config/hub',
	'.config/gh/**',
	'.aws/sso/**',
	'.aws/cli/**',
	'.azure/**',
	'.config/gcloud/**',
	'gcloud/credentials.db',
	'gcloud/access_tokens.db',
	'gcloud/legacy_credentials/**',
	'.kube/config',
	'.kube/cache/**',
	'.docker/config.json',
	'.terraform.d/**',
	'.cargo/credentials',
	'.cargo/credentials.toml',
	'.gem/credentials',
	'.m2/settings.xml',
	'.m2/settings-security.xml',
	'.gradle/gradle.properties',
	'.config/git/credentials',
	'.config/rclone/rclone.conf',
	'.snowsql/config',
	'.codex/auth.json',
	'.claude/.credentials.json',
];

const isSecretName = anyOf(SECRET_NAMES);
const isSharedName = anyOf(SHARED_NAMES);
const isSecretPath = anyOf(SECRET_PATHS.map((path) => `**/${path}`));

/** Whether a file usually holds secrets. @param path absolute, with `/` between folders */
export function isSecretFile(path: string): boolean {
	const name = path.slice(path.lastIndexOf('/') + 1);
	return isSecretPath(path) || (isSecretName(name) && !isSharedName(name));
}

/**
 * Tests whether files below a folder must not be read.
 * @param root absolute path of the folder
 * @param allowed globs in .gitignore syntax of secret files that the user allows
 */
export function secretsBelow(root: string, allowed: readonly string[]): (path: string) => boolean {
	const above = root.replace(/\/$/, '');
	const isAllowed = allowed.length === 0 ? () => false : pathFilter(allowed);
	return (path) => isSecretFile(`${above}/${path}`) && !isAllowed(path);
}

/** Makes a test for names or paths that match any of the globs, ignoring case. */
function anyOf(globs: readonly string[]): (text: string) => boolean {
	const sources = globs.map((glob) =>
		glob
			.replace(/[.+^$()[\]{}|\\]/g, '\\$&')
			.replace(/\*\*\/|\*\*|\*/g, (stars) => ({ '**/': '(?:.*/)?', '**': '.+', '*': '[^/]*' })[stars] ?? ''),
	);
	const expression = new RegExp(`^(?:${sources.join('|')})$`, 'i');
	return (text) => expression.test(text);
}
