/** What a client and a worker say to each other. Everything here is plain data. */

/** What the client says. */
export type Ask =
  | { readonly type: 'call'; readonly id: number; readonly job: string; readonly input: unknown }
  | { readonly type: 'cancel'; readonly id: number }
  /** A report of this call has been taken in: there is room for another. */
  | { readonly type: 'taken'; readonly id: number };

/** What the worker says. */
export type Answer =
  | { readonly type: 'ready'; readonly jobs: readonly string[] }
  | { readonly type: 'report'; readonly id: number; readonly report: unknown }
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly error: CarriedError };

/** An error as it is carried between threads. */
export interface CarriedError {
  /** Its class, as in 'GpuUnavailableError'. */
  readonly kind: string;
  /** Stable, as in 'GPU_UNAVAILABLE'; 'UNEXPECTED' for one that is not taskgrad's. */
  readonly code: string;
  readonly message: string;
  /** Its fields that can be copied. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Where it was thrown. */
  readonly stack?: string;
}

/** One end of a channel: a `Worker`, the global scope inside one, or a `MessagePort`. */
export interface Port {
  /** Sends a message; what `transfer` lists is moved. */
  postMessage(message: unknown, transfer: Transferable[]): void;
  /** Listens for messages. */
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}
