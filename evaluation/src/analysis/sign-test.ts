// The sign test: whether one of two wins more often than a coin would (Conover: "Practical
// nonparametric statistics", 3.4).

export interface SignTest {
  wins: number;
  losses: number;
  ties: number;
  /** Probability of a result as one-sided as this one or more, if both were alike; two-sided. */
  p: number;
}

/** Differences above 0 are wins. Ties do not count. */
export function signTest(differences: readonly number[]): SignTest {
  const wins = differences.filter((d) => d > 0).length;
  const losses = differences.filter((d) => d < 0).length;
  const n = wins + losses;
  let tail = 0;
  for (let k = 0; k <= Math.min(wins, losses); ++k)
    tail += Math.exp(logChoose(n, k) - n * Math.LN2);
  return { wins, losses, ties: differences.length - n, p: Math.min(1, 2 * tail) };
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; ++i) sum += Math.log((n - k + i) / i);
  return sum;
}
