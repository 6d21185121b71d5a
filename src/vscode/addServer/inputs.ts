import {
	type Disposable,
	type QuickInput,
	QuickInputButtons,
	type QuickPick,
	type QuickPickItem,
	QuickPickItemKind,
	window,
} from 'vscode';

/** Takes the user back to the previous step. */
export const BACK = Symbol('back');

/** Result of a wizard's step; undefined when the user left it. */
export type Outcome<T> = T | typeof BACK | undefined;

/** Position of a step. */
export interface Position {
	readonly title: string;
	/** Counts from 1. */
	readonly step: number;
	readonly totalSteps: number;
}

/** A text to enter. */
export interface TextQuestion extends Position {
	readonly value?: string;
	readonly prompt: string;
	readonly placeholder?: string;
	readonly isPassword?: boolean;
	/** Shown before the user enters anything. */
	readonly problem?: string | undefined;
	/** Checks what was entered. @returns what is wrong with it, if anything */
	accept(value: string, signal: AbortSignal): Promise<string | undefined>;
}

/** Asks for a text until one is accepted. */
export function askText(question: TextQuestion): Promise<Outcome<string>> {
	const input = window.createInputBox();
	place(input, question);
	input.value = question.value ?? '';
	input.prompt = question.prompt;
	input.placeholder = question.placeholder;
	input.password = question.isPassword ?? false;
	input.validationMessage = question.problem;
	return shown(input, (settle, signal) => [
		input.onDidChangeValue(() => {
			input.validationMessage = undefined;
		}),
		input.onDidTriggerButton(() => settle(BACK)),
		input.onDidAccept(async () => {
			const { value } = input;
			setBusy(input, true);
			const problem = await question.accept(value, signal);
			setBusy(input, false);
			input.validationMessage = problem;
			if (problem === undefined) settle(value);
		}),
	]);
}

/** Items to choose from. */
export interface PickQuestion<T extends QuickPickItem> extends Position {
	readonly placeholder: string;
	readonly items: readonly T[];
	/** Items chosen at first. In a list that takes one, that one has the focus. */
	readonly chosen?: readonly T[];
	readonly takesMany?: boolean;
	/** Items that arrive later and go to the top. Never rejects. */
	more?(signal: AbortSignal): Promise<readonly T[]>;
}

/** Lets the user choose at least one item. */
export function pick<T extends QuickPickItem>(question: PickQuestion<T>): Promise<Outcome<readonly T[]>> {
	const input = window.createQuickPick<T>();
	place(input, question);
	input.placeholder = question.placeholder;
	input.items = question.items;
	input.canSelectMany = question.takesMany ?? false;
	input.matchOnDescription = true;
	if (question.takesMany) input.selectedItems = question.chosen ?? [];
	else if (question.chosen) input.activeItems = question.chosen;
	return shown(input, (settle, signal, fail) => {
		if (question.more) fill(input, question.more(signal)).catch(fail);
		return [
			input.onDidTriggerButton(() => settle(BACK)),
			input.onDidAccept(() => input.selectedItems.length > 0 && settle(input.selectedItems)),
		];
	});
}

async function fill<T extends QuickPickItem>(input: QuickPick<T>, more: Promise<readonly T[]>): Promise<void> {
	input.busy = true;
	const items = await more;
	input.busy = false;
	// Replacing the list loses a key that is pressed at that moment.
	if (items.length === 0) return;
	// Keep the focus where the user moved it; else move it to the first item that was found.
	const { activeItems: active, value } = input;
	const isUntouched = value === '' && active[0] === input.items.find(isChoice);
	input.items = [...items, ...input.items];
	input.activeItems = isUntouched ? input.items.filter(isChoice).slice(0, 1) : active;
}

function isChoice({ kind }: QuickPickItem): boolean {
	return kind !== QuickPickItemKind.Separator;
}

/** Shows progress until the work is done; leaving cancels it. @returns undefined when the user left */
export function showWork<T>(
	position: Position & { readonly message: string },
	work: (signal: AbortSignal) => Promise<T>,
): Promise<Outcome<T>> {
	const input = window.createQuickPick();
	place(input, position);
	input.placeholder = position.message;
	input.busy = true;
	return shown(input, (settle, signal, fail) => {
		work(signal).then(settle, fail);
		return [input.onDidTriggerButton(() => settle(BACK))];
	});
}

function place(input: QuickInput & { buttons: readonly object[] }, { title, step, totalSteps }: Position): void {
	input.title = title;
	input.step = step;
	input.totalSteps = totalSteps;
	// People fetch addresses and keys from other windows.
	input.ignoreFocusOut = true;
	if (step > 1) input.buttons = [QuickInputButtons.Back];
}

function setBusy(input: QuickInput, isBusy: boolean): void {
	input.busy = isBusy;
	input.enabled = !isBusy;
}

/** Shows an input until the user settles or leaves it; then fires its signal and disposes of it. */
function shown<T>(
	input: QuickInput,
	listen: (
		settle: (outcome: Outcome<T>) => void,
		signal: AbortSignal,
		fail: (error: unknown) => void,
	) => readonly Disposable[],
): Promise<Outcome<T>> {
	const left = new AbortController();
	return new Promise<Outcome<T>>((resolve, reject) => {
		let listeners: readonly Disposable[] = [];
		const end = (finish: () => void) => {
			finish();
			left.abort();
			for (const listener of listeners) listener.dispose();
			input.dispose();
		};
		listeners = [
			...listen(
				(outcome) => end(() => resolve(outcome)),
				left.signal,
				(error) => end(() => reject(error)),
			),
			input.onDidHide(() => end(() => resolve(undefined))),
		];
		input.show();
	});
}
