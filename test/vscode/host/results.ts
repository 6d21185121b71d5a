import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Report } from './report.ts';

/** A line that the suites inside the extension host send: see test/vscode/suite/index.ts. */
type Message =
	| { readonly type: 'pass'; readonly title: string; readonly ms: number }
	| { readonly type: 'fail'; readonly title: string; readonly stack: string }
	| { readonly type: 'pending'; readonly title: string }
	| { readonly type: 'end' };

/** Where the suites inside an extension host send their results. */
export class ResultSocket {
	/** What the suites connect to; they find it in `RLM_TEST_SOCKET`. */
	readonly address: string;
	readonly #server: Server;
	#hasEnded = false;

	private constructor(folder: string, report: Report) {
		const name = 'rlm-test-results';
		this.address = process.platform === 'win32' ? `\\\\.\\pipe\\${name}-${process.pid}` : join(folder, name);
		this.#server = createServer((connection) => {
			createInterface(connection).on('line', (line) => this.#take(JSON.parse(line), report));
		});
	}

	/** @param folder a temporary folder in which the socket may lie */
	static async open(folder: string, report: Report): Promise<ResultSocket> {
		const socket = new ResultSocket(folder, report);
		await once(socket.#server.listen(socket.address), 'listening');
		return socket;
	}

	/** True once the suites have run to their end. */
	get hasEnded(): boolean {
		return this.#hasEnded;
	}

	close(): void {
		this.#server.close();
	}

	#take(message: Message, report: Report): void {
		if (message.type === 'pass') report.passed(message.title, message.ms);
		if (message.type === 'fail') report.failed(message.title, message.stack);
		if (message.type === 'pending') report.skipped(message.title);
		this.#hasEnded ||= message.type === 'end';
	}
}
