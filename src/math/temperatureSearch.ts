/** What the search asks of a temperature. */
export interface Derivatives {
  /** β L'(β) of a loss L that is convex in β = 1 / T: how it grows with log β. */
  readonly slope: number;
  /** β² L''(β). */
  readonly curvature: number;
  /** The sum of the two terms whose difference the slope is: the labels' distances from the maxima, and the expected ones. */
  readonly size: number;
}

const LOWEST = 1e-30;
const HIGHEST = 1e30;

/** A slope of less than this share of its terms is 0 but for rounding: the minimum is some 2^40 times the spread of the logits. */
const FLAT = 2 ** -40;

/** More evaluations than any search takes whose derivatives are right to a few digits. */
const MOST = 200;

/** More than twice an expected distance over T, which is at most the logarithm of the number of classes. */
const MOST_DISTANCE = 100;

/**
 * Whether the loss surely rises at the lowest temperature, as the labels are too far from the maxima. `distances` is
 * twice their mean distance over T at the highest one: exactly 0 where each label has the largest logit.
 */
function risesAtLowest(distances: number, size: number): boolean {
  return distances > FLAT * size && distances * (HIGHEST / LOWEST) > MOST_DISTANCE;
}

/**
 * Looks for the temperature T at which a loss is least, by Newton's method on β = 1 / T. The ends of the range come
 * first, the lower one only if it may be the result: where the loss still falls there, the end is. From then on the
 * minimum lies between two temperatures whose slopes differ in sign. A step that would leave these, or is not half as
 * long as the one before, gives way to a factor that grows, or to their geometric mean (after Press, Teukolsky,
 * Vetterling and Flannery, "Numerical Recipes", section 9.4).
 */
export class TemperatureSearch {
  /** The temperature to evaluate next, and in the end the result: NaN if the slope is. */
  temperature = HIGHEST;
  /** How many temperatures have been evaluated. */
  iterations = 0;
  /** Whether the result is an end of the range, as the loss falls all the way to it. */
  atLimit = false;

  private low = LOWEST;
  private high = HIGHEST;
  private factor = 4;
  /** The factor by which the last step changed T, or its inverse: above 1. Not the logarithm, which engines round as they like. */
  private reach = Number.POSITIVE_INFINITY;

  /** A Newton step of less than `tolerance`, relative to 1 / T, is the last one. */
  constructor(private readonly tolerance: number) {}

  /** Takes the derivatives at `temperature` and moves on. Returns whether the search is over. */
  take({ slope, curvature, size }: Derivatives): boolean {
    this.iterations++;
    if (Number.isNaN(slope)) return this.endAt(Number.NaN);
    if (this.iterations === 1) {
      // All logits of each lane are equal: no temperature is better than another.
      if (size === 0) return this.endAt(1);
      this.atLimit = slope > -FLAT * size;
      if (!this.atLimit) this.temperature = risesAtLowest(slope + size, size) ? 1 : LOWEST;
      return this.atLimit;
    }
    if (this.temperature === LOWEST && this.iterations === 2) {
      this.atLimit = slope <= 0;
      if (!this.atLimit) this.temperature = 1;
      return this.atLimit;
    }
    return this.step(slope, -slope / curvature);
  }

  /** `change` is that of Newton's method, relative to 1 / T. */
  private step(slope: number, change: number): boolean {
    if (slope === 0) return true;
    if (slope > 0) this.low = this.temperature;
    else this.high = this.temperature;
    const next = this.temperature / (1 + change);
    const isInside = next > this.low && next < this.high;
    if (Math.abs(change) <= this.tolerance) return this.endAt(isInside ? next : this.temperature);
    // Of slopes that are rounding errors, the signs say nothing more.
    if (this.high / this.low - 1 <= this.tolerance || this.iterations >= MOST) return true;
    const factor = this.factorTo(next);
    if (isInside && factor * factor <= this.reach) {
      this.move(next);
      return false;
    }
    const middle = Math.sqrt(this.low) * Math.sqrt(this.high);
    this.move(
      slope > 0
        ? Math.min(this.temperature * this.factor, middle)
        : Math.max(this.temperature / this.factor, middle),
    );
    this.factor *= this.factor;
    return false;
  }

  private move(next: number): void {
    this.reach = this.factorTo(next);
    this.temperature = next;
  }

  private factorTo(next: number): number {
    return Math.max(next / this.temperature, this.temperature / next);
  }

  private endAt(temperature: number): boolean {
    this.temperature = temperature;
    return true;
  }
}
