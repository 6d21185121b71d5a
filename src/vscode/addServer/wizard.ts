import { l10n, type QuickPickItem, type SecretStorage } from 'vscode';
import { CancelledError } from '../../core/errors.ts';
import type { ModelRole } from '../../core/ports/model.ts';
import { AddServer, type AddServerState, type ServerChoice } from '../../pool/addServer.ts';
import type { ServerSettings } from '../../settings/servers.ts';
import { storeApiKey } from '../secrets.ts';
import { readSettings } from '../settings.ts';
import { askText, BACK, type Outcome, type Position, pick, showWork } from './inputs.ts';
import { placeItems, type ServerPlace } from './places.ts';
import { addServerSetting } from './serverSetting.ts';
import { choiceText, problemText } from './texts.ts';

type Step = 'place' | 'address' | 'key' | 'models' | 'roles' | 'name' | 'test';
type State<S extends AddServerState['step']> = Extract<AddServerState, { step: S }>;

/** Outcome of adding a server. */
export interface Added {
	readonly server: ServerSettings;
	/** Result of the test call; absent for the models of the editor and when the user skipped the test. */
	readonly end: State<'done'> | undefined;
	/** False when the workspace has servers of its own, so that this one is not used here. */
	readonly isUsedHere: boolean;
}

const NUMBERS: Readonly<Record<Step, number>> = {
	place: 1,
	address: 2,
	key: 2,
	models: 3,
	roles: 4,
	name: 5,
	test: 6,
};
const TOTAL_STEPS = 6;
const ROLES: readonly (readonly ModelRole[])[] = [['root', 'sub'], ['root'], ['sub']];

/** The steps of adding a server. The user can go back from each of them, or leave. */
export class AddServerWizard {
	readonly #secrets: SecretStorage;
	readonly #adding: AddServer;
	readonly #existing: readonly ServerSettings[];
	#address = '';
	#problem: string | undefined;
	#found: State<'models'> | undefined;
	#choice: ServerChoice = { id: '', models: [], roles: [] };
	#added: Added | undefined;

	/** @throws ConfigError for settings that cannot be read */
	constructor(secrets: SecretStorage) {
		this.#secrets = secrets;
		this.#existing = readSettings().servers;
		this.#adding = new AddServer(this.#existing);
	}

	/** @returns undefined when the user left @throws anything but a server's problem */
	async run(): Promise<Added | undefined> {
		const trail: Step[] = ['place'];
		for (let step = trail.at(-1); step !== undefined; step = trail.at(-1)) {
			const outcome = await this.#ask(step);
			if (outcome === undefined) return undefined;
			if (outcome === BACK) trail.pop();
			else if (outcome === 'added') return this.#added;
			else trail.push(outcome);
		}
		return undefined;
	}

	#ask(step: Step): Promise<Outcome<Step | 'added'>> {
		switch (step) {
			case 'place':
				return this.#askPlace();
			case 'address':
				return this.#askAddress();
			case 'key':
				return this.#askKey();
			case 'models':
				return this.#askModels();
			case 'roles':
				return this.#askRoles();
			case 'name':
				return this.#askName();
			case 'test':
				return this.#test();
		}
	}

	async #askPlace(): Promise<Outcome<Step | 'added'>> {
		const placeholder = l10n.t('Where is the server?');
		const chosen = await pick<ServerPlace>({ ...this.#at('place'), placeholder, ...placeItems(this.#existing) });
		if (chosen === undefined || chosen === BACK) return chosen;
		const { address, server } = chosen[0] ?? {};
		if (server) return this.#save(server, undefined);
		if (address === undefined) return 'address';
		this.#address = address;
		const message = l10n.t('Checking {0}', address);
		const state = await this.#work('address', message, (signal) => this.#adding.enterAddress(address, signal));
		if (state === undefined || state === BACK) return state === BACK ? 'place' : undefined;
		this.#problem = state.step === 'address' ? this.#textOf(state) : undefined;
		return this.#afterLook(state) ?? 'address';
	}

	async #askAddress(): Promise<Outcome<Step>> {
		const outcome = await askText({
			...this.#at('address'),
			value: this.#address,
			prompt: l10n.t('Address of the server, as seen from the machine that runs RLM'),
			placeholder: 'http://10.0.0.2:11434',
			problem: this.#problem,
			accept: async (value, signal) => {
				this.#address = value.trim();
				return this.#textOf(await this.#guarded((bounded) => this.#adding.enterAddress(value, bounded), signal));
			},
		});
		this.#problem = undefined;
		return typeof outcome === 'string' ? this.#afterLook(this.#adding.state) : outcome;
	}

	async #askKey(): Promise<Outcome<Step>> {
		const outcome = await askText({
			...this.#at('key'),
			prompt: l10n.t('API key for {0}. It is kept in the secret storage of VS Code.', this.#address),
			isPassword: true,
			accept: async (value, signal) =>
				this.#textOf(
					await this.#guarded(async (bounded) => {
						// Going back from the models asks the server again.
						if (this.#adding.state.step !== 'key') await this.#adding.enterAddress(this.#address, bounded);
						return this.#adding.state.step === 'key' ? this.#adding.enterKey(value, bounded) : this.#adding.state;
					}, signal),
				),
		});
		return typeof outcome === 'string' ? this.#afterLook(this.#adding.state) : outcome;
	}

	#afterLook(state: AddServerState): Step | undefined {
		if (state.step === 'key') return 'key';
		if (state.step !== 'models') return undefined;
		this.#found = state;
		this.#choice = state.suggestion;
		return 'models';
	}

	async #askModels(): Promise<Outcome<Step>> {
		const { models = [] } = this.#found ?? {};
		const items = models.map((model) => ({ label: model.name, description: choiceText(model) }));
		const chosen = await pick({
			...this.#at('models'),
			placeholder: l10n.t('Which of its models should be used? One for all roles saves loading.'),
			items,
			chosen: items.filter(({ label }) => this.#choice.models.includes(label)),
			takesMany: true,
		});
		if (chosen === undefined || chosen === BACK) return chosen;
		this.#choice = { ...this.#choice, models: chosen.map(({ label }) => label) };
		return 'roles';
	}

	async #askRoles(): Promise<Outcome<Step>> {
		const items = ROLES.map((roles): QuickPickItem & { readonly roles: readonly ModelRole[] } => ({
			...roleTexts(roles),
			roles,
		}));
		const { roles } = this.#choice;
		const chosen = await pick({
			...this.#at('roles'),
			placeholder: l10n.t('What should the server be used for?'),
			items,
			chosen: items.filter((item) => item.roles.join() === roles.join()),
		});
		if (chosen === undefined || chosen === BACK) return chosen;
		this.#choice = { ...this.#choice, roles: chosen[0]?.roles ?? roles };
		return 'name';
	}

	async #askName(): Promise<Outcome<Step>> {
		const outcome = await askText({
			...this.#at('name'),
			value: this.#choice.id,
			prompt: l10n.t('A name for the server. It appears in answers and in the log.'),
			accept: async (value) => {
				if (!/^[^/\s]+$/.test(value.trim())) return l10n.t('Use a name without slashes or spaces.');
				this.#choice = { ...this.#choice, id: value.trim() };
				return this.#textOf(this.#adding.choose(this.#choice));
			},
		});
		return typeof outcome === 'string' ? 'test' : outcome;
	}

	async #test(): Promise<Outcome<Step | 'added'>> {
		const message = l10n.t('A small test call to {0}; a model that is not in memory is loaded first', this.#choice.id);
		const state = await this.#work('test', message, (signal) => {
			this.#adding.choose(this.#choice);
			return this.#adding.test(signal);
		});
		if (state === undefined || state === BACK) return state;
		if (state.step === 'done') return this.#save(state.settings, state);
		if (state.step !== 'test') return BACK;
		const again = { label: `$(refresh) ${l10n.t('Try again')}` };
		const anyway = {
			label: `$(add) ${l10n.t('Add Anyway')}`,
			detail: l10n.t('It is used as soon as it answers.'),
		};
		const placeholder = this.#textOf(state) ?? '';
		const chosen = await pick({ ...this.#at('test'), placeholder, items: [again, anyway] });
		if (chosen === undefined || chosen === BACK) return chosen;
		return chosen[0] === again ? this.#test() : this.#save(state.settings, undefined);
	}

	async #save(server: ServerSettings, end: State<'done'> | undefined): Promise<'added'> {
		// Store the key first: a run may use the server as soon as it is in the settings.
		if (this.#adding.key !== undefined) await storeApiKey(this.#secrets, server, this.#adding.key);
		this.#added = { server, end, isUsedHere: await addServerSetting(server) };
		return 'added';
	}

	#at(step: Step): Position {
		return { title: l10n.t('Add Server'), step: NUMBERS[step], totalSteps: TOTAL_STEPS };
	}

	#work(step: Step, message: string, work: (signal: AbortSignal) => Promise<AddServerState>) {
		return showWork({ ...this.#at(step), message }, (signal) => this.#guarded(work, signal));
	}

	/** Leaving a step while it works is not an error. */
	async #guarded(work: (signal: AbortSignal) => Promise<AddServerState>, signal: AbortSignal): Promise<AddServerState> {
		try {
			return await work(signal);
		} catch (error) {
			if (error instanceof CancelledError && signal.aborted) return this.#adding.state;
			throw error;
		}
	}

	#textOf(state: AddServerState): string | undefined {
		return 'problem' in state && state.problem ? problemText(state.problem, this.#address) : undefined;
	}
}

function roleTexts(roles: readonly ModelRole[]): QuickPickItem {
	if (roles.length > 1)
		return { label: l10n.t('Everything'), detail: l10n.t('It writes the code of runs and answers their sub-calls.') };
	return roles[0] === 'root'
		? { label: l10n.t('Root'), detail: l10n.t('It writes the code of runs: the best model that you have.') }
		: { label: l10n.t('Sub-calls'), detail: l10n.t('It reads pieces of the text: it may be smaller and faster.') };
}
