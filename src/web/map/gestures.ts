/** Where a pointer is, in pixels of the screen. */
export interface At {
  readonly x: number;
  readonly y: number;
}

/** What a pointer's move asks for: to turn by pixels to the right and down, and to come nearer by a factor below 1. */
export interface Motion {
  readonly right: number;
  readonly down: number;
  readonly zoom: number;
}

/** Farther than this from where it began, in pixels, a touch is no tap. */
const TAP_PIXELS = 8;
/** Fingers closer than this do not zoom: a pixel would be a large part of their distance. */
const LEAST_SPAN = 16;

/** Pointers that are down on the map. One turns it, two pinch it, and one that hardly moved has tapped it. */
export class Gestures {
  private readonly pointers = new Map<number, At>();
  /** Where the only pointer began, as long as it may become a tap. */
  private began: At | undefined;

  press(id: number, at: At): void {
    this.began = this.pointers.size === 0 ? at : undefined;
    this.pointers.set(id, at);
  }

  /** @returns nothing for a pointer that is not down, or one of three and more */
  move(id: number, to: At): Motion | undefined {
    const from = this.pointers.get(id);
    if (!from) return undefined;
    this.pointers.set(id, to);
    if (this.began && distance(this.began, to) > TAP_PIXELS) this.began = undefined;
    const [other, third] = [...this.pointers].filter(([one]) => one !== id).map(([, at]) => at);
    const step = { right: to.x - from.x, down: to.y - from.y };
    if (!other) return { ...step, zoom: 1 };
    if (third) return undefined;
    const [before, after] = [distance(other, from), distance(other, to)].map((d) => Math.max(LEAST_SPAN, d));
    // The middle between two fingers moves half as far as one of them.
    return { right: step.right / 2, down: step.down / 2, zoom: before / after };
  }

  /** @returns where it tapped, if it did */
  release(id: number): At | undefined {
    if (!this.pointers.delete(id)) return undefined;
    const { began } = this;
    this.began = undefined;
    return began;
  }

  /** A pointer that the browser has taken for itself never taps. */
  cancel(id: number): void {
    this.began = undefined;
    this.pointers.delete(id);
  }
}

const distance = (a: At, b: At): number => Math.hypot(a.x - b.x, a.y - b.y);
