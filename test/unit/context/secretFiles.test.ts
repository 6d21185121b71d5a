import { describe, expect, it } from 'vitest';
import { isSecretFile, secretsBelow } from '../../../src/context/secretFiles.ts';

const KIN =
	'id_rsa.bak id_ed25519_work credentials.csv rootkey.csv .aws/credentials.bak .config/hub .yarnrc.yml ' +
	'pip.conf nuget.config auth.json secret.yaml .dev.vars local.settings.json acme-firebase-adminsdk-x1.json ' +
	'secring.gpg office.ovpn wp-config.php';

describe('files that usually hold secrets', () => {
	it.each([
		'.env .env.local .ENV .env.production .envrc prod.env config/.env-staging',
		'.aws/credentials home/u/.aws/config .kube/config .docker/config.json .azure/accessTokens.json',
		'.config/gcloud/credentials.db .ssh/config .ssh/known_hosts .ssh/deploy/work .gnupg/pubring.kbx',
		'_netrc .netrc .npmrc .pypirc .git-credentials .htpasswd .pgpass .vault-token .my.cnf',
		'tls/server.key server.PEM putty.ppk store.jks cert.p12 cert.pfx release.keystore id_ed25519',
		'terraform.tfstate terraform.tfstate.backup prod.tfvars prod.auto.tfvars.json',
		'secrets.yml secrets.yaml secrets.json .bash_history .python_history .node_repl_history',
		'credentials.json client_secret_1.apps.json service-account.json my-service-account.json',
	])('are told by their names: %s', (paths) => {
		for (const path of `${paths} ${KIN}`.split(' '))
			expect(`${path} ${isSecretFile(`/x/${path}`)}`).toBe(`${path} true`);
	});

	it('do not include files that only look alike', () => {
		const paths =
			'.env.example .env.sample .env.local.template .env.dist prod.env.example example.env env.ts environment.md ' +
			'keys.ts monkey.md secrets.ts history.md kube/config aws/credentials docker/config.json config ssh/config ' +
			'id_rsa.pub tsconfig.json package.json npmrc.md terraform.tf credentials.ts';
		expect(paths.split(' ').filter((path) => isSecretFile(`/x/${path}`))).toEqual([]);
	});

	it('are recognised by the folder above the requested one', () => {
		expect(secretsBelow('/home/u/.aws', [])('credentials')).toBe(true);
		expect(secretsBelow('/home/u/.aws', ['credentials'])('credentials')).toBe(false);
		expect(secretsBelow('/', [])('.ssh/config')).toBe(true);
	});
});
