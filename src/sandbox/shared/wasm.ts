/** A compiled module. Worker threads of one process share its machine code. */
export interface WasmModule {
	readonly compiled: unique symbol;
}

export interface WasmInstance {
	readonly exports: object;
}

interface WasmApi {
	readonly Module: {
		new (bytes: Uint8Array): WasmModule;
		imports(module: WasmModule): readonly { readonly kind: string; readonly module: string; readonly name: string }[];
		exports(module: WasmModule): readonly { readonly kind: string; readonly name: string }[];
		customSections(module: WasmModule, name: string): readonly ArrayBuffer[];
	};
	compile(bytes: Uint8Array): Promise<WasmModule>;
	instantiate(module: WasmModule, imports: object): Promise<WasmInstance>;
}

/** Typed WebAssembly: TypeScript declares it only with the DOM, which does not belong here. */
export const wasm = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;
