// A blind test: X is A or B by chance, and the listener says which.
export type Choice = 'A' | 'B';

export interface Trial {
  x: Choice;
  answer: Choice;
}

export class AbxTest {
  readonly trials: Trial[] = [];
  #x: Choice = draw();

  /** What X is now. Only the player may ask. */
  get x(): Choice {
    return this.#x;
  }

  get correct(): number {
    return this.trials.filter(({ x, answer }) => x === answer).length;
  }

  /** Chance of at least as many right answers by guessing: one-sided binomial test. */
  get pValue(): number {
    return guessingProbability(this.correct, this.trials.length);
  }

  answer(answer: Choice): Trial {
    const trial = { x: this.#x, answer };
    this.trials.push(trial);
    this.#x = draw();
    return trial;
  }
}

function draw(): Choice {
  return crypto.getRandomValues(new Uint8Array(1))[0]! & 1 ? 'A' : 'B';
}

export function guessingProbability(correct: number, trials: number): number {
  let term = 0.5 ** trials; // C(n, 0) / 2^n
  let sum = 0;
  for (let k = 0; k <= trials; ++k) {
    if (k >= correct) sum += term;
    term *= (trials - k) / (k + 1);
  }
  return Math.min(1, sum);
}
