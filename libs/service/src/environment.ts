/** Where and as whom a service runs. */
export abstract class Environment {
  /** The environment's token in subjects: `default`. */
  abstract readonly name: string;
  /** `router` */
  abstract readonly service: string;
  /** Tells replicas of one service apart. */
  abstract readonly instance: string;
}
