import { plain, plainMessage } from './plain';

const MOST_LINES = 10_000;

/** What may stand beside an error's message. */
export interface TaskgradErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** Whether the message shows lines of code: it may then have lines, and up to 10,000 characters. */
  readonly showsCode?: boolean;
}

/**
 * Base of every error taskgrad throws on purpose: `code` is stable, the message is for a person. It is one line of at most
 * 500 characters, and what it says of names and files commands no terminal.
 */
export class TaskgradError extends Error {
  constructor(
    /** Tells errors apart for programs, as in 'SHAPE'. */
    readonly code: string,
    message: string,
    options: TaskgradErrorOptions = {},
  ) {
    super(options.showsCode ? plain(message).slice(0, MOST_LINES) : plainMessage(message), options);
    this.name = new.target.name;
  }
}

/** One way of getting an adapter that was tried and what came of it. */
export interface AdapterAttempt {
  /** The way, as in 'lavapipe'. */
  readonly what: string;
  /** Why it gave no adapter. */
  readonly outcome: string;
}

/** No WebGPU adapter could be opened. `attempts` says what was tried, `remedy` how to mend it. */
export class GpuUnavailableError extends TaskgradError {
  constructor(
    /** The ways that were tried, in order. */
    readonly attempts: readonly AdapterAttempt[],
    /** What to install or to start otherwise, as a sentence. */
    readonly remedy: string,
  ) {
    const tried = attempts.map(({ what, outcome }) => `${what}: ${outcome}`).join('; ');
    super('GPU_UNAVAILABLE', `no WebGPU adapter (${tried}). ${remedy}`);
  }
}

/** The device had no room for a buffer, after the pool had been emptied and the allocation tried again. */
export class GpuOutOfMemoryError extends TaskgradError {
  constructor(
    /** What was asked for. */
    readonly bytes: number,
    /** What for, as in 'tensor f32[64,1,28,28]'. */
    readonly label: string,
    detail: string,
  ) {
    super('GPU_OUT_OF_MEMORY', `out of GPU memory: ${label} needs ${bytes} bytes; ${detail}`);
  }
}

/** The device is gone (driver reset, crash, removal). Open a new one and go on from the last checkpoint. */
export class GpuLostError extends TaskgradError {
  constructor(
    /** What the driver says. */
    readonly reason: string,
  ) {
    super(
      'GPU_LOST',
      `the GPU device was lost (${reason}); open a new one and go on from the last checkpoint`,
    );
  }
}

/** The engine was used after `gpu.dispose()`. */
export class GpuDisposedError extends TaskgradError {
  constructor() {
    super('GPU_DISPOSED', 'this GPU was disposed; open a new one with openGpu()');
  }
}

/** A request beyond what the adapter allows. */
export class GpuLimitError extends TaskgradError {
  constructor(
    /** WebGPU's name of the limit, as in 'maxBufferSize'. */
    readonly limit: string,
    /** What was asked for. */
    readonly asked: number,
    /** What the adapter allows. */
    readonly allowed: number,
    what: string,
    unit = 'bytes',
  ) {
    super(
      'GPU_LIMIT',
      `${what} needs ${asked} ${unit}, but this adapter's ${limit} is ${allowed}; use a smaller batch or model`,
    );
  }
}

/** A step that cannot be captured, or whose capture no longer fits what it was captured from. */
export class CaptureError extends TaskgradError {
  constructor(message: string) {
    super('CAPTURE', `captured step: ${message}`);
  }
}

/**
 * WebGPU refused a command: a defect of a custom kernel, whose dispatch was then left out alone, or of the engine. What
 * was lost by a defect of the engine is not known, so that its GPU cannot be read any more.
 */
export class GpuValidationError extends TaskgradError {
  constructor(
    message: string,
    /** Whose dispatch was refused; undefined where that is not known. */
    readonly kernel?: string,
  ) {
    const what =
      kernel === undefined
        ? 'a command was refused, and work that was recorded with it may be missing; open a new GPU'
        : `kernel ${kernel}: its dispatch was refused and left out; check its bindings`;
    super('GPU_VALIDATION', `WebGPU validation: ${what}\n${message}`, { showsCode: true });
  }
}

/** A tensor is written by a kernel that also reads it, or writes it, as another of its operands. WebGPU has no such dispatches. */
export class AliasError extends TaskgradError {
  constructor(
    /** The kernel's name. */
    readonly kernel: string,
  ) {
    super(
      'ALIAS',
      `kernel ${kernel} writes a tensor that it was given in another place too; give it a copy there`,
    );
  }
}

/** A kernel was given tensors of two GPUs. */
export class ForeignBufferError extends TaskgradError {
  constructor(
    /** The kernel's name. */
    readonly kernel: string,
  ) {
    super(
      'FOREIGN_BUFFER',
      `kernel ${kernel} was given a tensor of another GPU; read it there, and make it here with gpu.tensor()`,
    );
  }
}

/** A dispatch gives a kernel other uniforms than its shader's struct has: a defect of whoever dispatches. */
export class UniformError extends TaskgradError {
  constructor(
    readonly kernel: string,
    message: string,
  ) {
    super('UNIFORMS', `kernel ${kernel}: ${message}`);
  }
}

/**
 * A part of a WGSL text that taskgrad has to understand itself, and does not: a constant expression or a type.
 */
export class WgslError extends TaskgradError {
  constructor(
    message: string,
    /** The name that has no value, if that is the reason. */
    readonly unvalued?: string,
  ) {
    super('WGSL', message);
  }
}

/** WGSL that does not compile: the compiler's messages, each with its numbered source lines. */
export class ShaderCompileError extends TaskgradError {
  constructor(
    /** The kernel's name. */
    readonly kernel: string,
    /** The whole of its text, as it was compiled. */
    readonly source: string,
    messages: readonly { lineNum: number; linePos: number; message: string }[],
  ) {
    const lines = source.split('\n');
    const excerpt = (at: number) =>
      lines
        .slice(Math.max(0, at - 3), at + 2)
        .map((line, i) => `${String(Math.max(1, at - 2) + i).padStart(5)} | ${line}`)
        .join('\n');
    const text = messages.map(
      ({ lineNum, linePos, message }) => `${lineNum}:${linePos} ${message}\n${excerpt(lineNum)}`,
    );
    super('SHADER_COMPILE', `kernel ${kernel} does not compile:\n${text.join('\n')}`, { showsCode: true });
  }
}
