import { AppError } from '@signalbox/kernel';
import {
  createModel,
  FailoverModel,
  type ModelCandidate,
  type ModelChoice,
  ModelFailure,
  type ModelName,
  ModelPort,
} from '@signalbox/models';

/** A model as the journal names it. */
export interface ModelIdentity extends ModelName {
  /** True for the built-in planner, which is no language model. */
  readonly offline: boolean;
}

/** Who is asked, and the way there. */
export interface AskedModels {
  /** Who is asked first. */
  readonly identity: ModelIdentity;
  /** All who may answer, in the order in which they are asked. */
  readonly candidates: readonly ModelName[];
  readonly port: ModelPort;
}

export interface ModelRegistryOptions {
  /** Asked for a plan that names no model. */
  readonly usual: AskedModels;
  /**
   * What is needed to ask a model that is named.
   * @throws AppError `invalid`, naming the variable that is missing.
   */
  readonly choose: (name: ModelName) => ModelChoice;
}

/** The way to the models that a plan names, or to the one that the service is configured with. */
export class ModelRegistry {
  constructor(private readonly options: ModelRegistryOptions) {}

  /** In their order, each when the one before is away or not configured. */
  async find(models: readonly ModelName[]): Promise<AskedModels> {
    const [first, ...others] = await Promise.all(models.map((name) => this.candidateOf(name)));
    if (first === undefined) return this.options.usual;
    const { provider, model } = first;
    return {
      identity: { provider, model, offline: false },
      candidates: models,
      port: new FailoverModel([first, ...others]),
    };
  }

  /** Why a model cannot be asked; absent when it can. */
  problemWith(name: ModelName): string | undefined {
    try {
      this.options.choose(name);
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** The environment of a replica may lack what another one had when the agent was defined. */
  private async candidateOf({ provider, model }: ModelName): Promise<ModelCandidate> {
    try {
      const choice = this.options.choose({ provider, model });
      return { provider, model, port: await createModel({ ...choice, fallbacks: [] }) };
    } catch (error) {
      return { provider, model, port: new UnconfiguredModel(reasonOf(error)) };
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof AppError && error.kind === 'invalid')) throw error;
  return error.fields.map(({ field, problem }) => `${field} ${problem}`).join('; ');
}

/** Away until somebody sets the variable, as one is whose key has run out. */
class UnconfiguredModel extends ModelPort {
  constructor(private readonly reason: string) {
    super();
  }

  override complete(): Promise<never> {
    const { reason } = this;
    const message = `model: ${reason}`;
    return Promise.reject(
      new ModelFailure({ code: 'model_not_configured', kind: 'unavailable', message }),
    );
  }
}
