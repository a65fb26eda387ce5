import { Injectable } from '@nestjs/common';
import type { Signal } from '@signalbox/contracts';
import { AppError, digestOf } from '@signalbox/kernel';
import { Access } from '../security/access.ts';
import { RefusedDeliveries } from './refused-deliveries.ts';
import { unproven, type SignedRequest } from './signature/signature-scheme.ts';
import { Sources, type Source } from './sources.ts';

const REASON_LENGTH_MAX = 500;

/** A request with signals in it, before anybody believes it. */
export interface Attempt extends SignedRequest {
  readonly deliveryId: string;
  /** The source that the path names. */
  readonly source: string | undefined;
  readonly remoteAddress: string;
}

/** The source of the path as it is configured, and whether the request is shown to be its own. */
export interface Admission {
  readonly source: Source | undefined;
  readonly signature: Signal['signature'];
}

/** Who may speak for which source: a source that signs for itself, the API key for the others. */
@Injectable()
export class SourceAccess {
  constructor(
    private readonly sources: Sources,
    private readonly access: Access,
    private readonly refused: RefusedDeliveries,
  ) {}

  /**
   * @throws AppError `unauthenticated` when the source signs and the request is not signed by it,
   * naming the header, and otherwise as `Access` does.
   */
  admit(attempt: Attempt): Admission {
    const source = attempt.source === undefined ? undefined : this.sources.named(attempt.source);
    if (!source?.signature) {
      this.access.actorOf(attempt.headers);
      return { source, signature: 'unsigned' };
    }
    try {
      source.signature.verify(attempt);
      return { source, signature: 'valid' };
    } catch (error) {
      if (error instanceof AppError) this.record(attempt, source, error);
      throw error;
    }
  }

  /**
   * That the signals are the sender's own: a body may name any source.
   * @throws AppError `unauthenticated` when one is of a source that signs and has not signed this,
   * or when it came with the signature of another source.
   */
  checkClaims(attempt: Attempt, admission: Admission, signals: readonly Signal[]): void {
    const isSigned = admission.signature === 'valid';
    for (const name of new Set(signals.map(({ source }) => source))) {
      const signer = isSigned ? admission.source : this.sources.named(name);
      if (!signer?.signature || (isSigned && name === signer.name)) continue;
      const problem = isSigned
        ? `is of ${signer.name}, which cannot speak for ${name}`
        : `is missing: what ${signer.name} sends to /api/webhook/${signer.name} must be signed`;
      const error = unproven(signer.signature.header, problem);
      this.record(attempt, signer, error);
      throw error;
    }
  }

  private record(attempt: Attempt, { name, signature }: Source, { message }: AppError): void {
    const { deliveryId, receivedAt, bytes, remoteAddress } = attempt;
    this.refused.record({
      deliveryId,
      at: receivedAt,
      source: name,
      scheme: signature?.name ?? '',
      reason: message.slice(0, REASON_LENGTH_MAX),
      sha256: digestOf(bytes),
      bytes: bytes.length,
      remoteAddress,
    });
  }
}
