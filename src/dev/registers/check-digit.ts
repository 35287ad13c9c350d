const firstWeights = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1];
const secondWeights = [3, 4, 5, 6, 7, 8, 9, 1, 2, 3];

/**
 * The two-pass check digit modulo 11 of Estonian personal codes (EVS 585:2007) and registration codes.
 * @param digits up to ten digits
 */
export function checkDigit(digits: string): number {
  const first = weightedSum(digits, firstWeights) % 11;
  return first < 10 ? first : (weightedSum(digits, secondWeights) % 11) % 10;
}

function weightedSum(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) sum += (digits.charCodeAt(i) - 48) * weights[i]!;
  return sum;
}
