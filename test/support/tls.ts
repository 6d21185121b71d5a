import { readFileSync } from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';

export type Certificate = 'good' | 'elsewhere' | 'expired' | 'selfSigned';

const folder = path.join(import.meta.dirname, 'certificates');
const read = (name: string) => readFileSync(path.join(folder, name));

/** Key and certificate of a TLS server. */
export function certified(certificate: Certificate): { key: Buffer; cert: Buffer } {
	return { key: read('server.key'), cert: read(`${certificate}.pem`) };
}

/** Trusts the authority of the test certificates in this process; the result takes that back. */
export function trustTestAuthority(): () => void {
	const before = tls.getCACertificates('default');
	tls.setDefaultCACertificates([...before, read('authority.pem').toString()]);
	return () => tls.setDefaultCACertificates(before);
}
