/** Fields of two axes x, y: of e, of pi, of zeta(3) with Apery's numbers on its diagonal (matrix fields of arXiv 2308.11829). */
import type { MatrixField } from "./field.js";

const plane = (...matrices: MatrixField["matrices"]): MatrixField => ({ axes: ["x", "y"], size: 2, matrices });
type Step = (x: bigint, y: bigint) => bigint[];
const steps = (mx: Step, my: Step): MatrixField =>
  plane(mx as (...point: bigint[]) => bigint[], my as (...point: bigint[]) => bigint[]);

export const eField = steps(
  (x, y) => [1n, -y - 1n, -1n, x + y + 2n],
  (x, y) => [0n, -y - 1n, -1n, x + y + 1n],
);

export const piField = steps(
  (x, y) => [x, -x, -y, 2n * x + y + 1n],
  (x, y) => [1n + y, -x, -1n - y, x + 2n * y + 1n],
);

export const symmetricPiField = steps(
  (x, y) => [x, x * y, 1n, 1n + 2n * x + y],
  (x, y) => [y, x * y, 1n, 1n + x + 2n * y],
);

export const zeta3Field = steps(
  (x, y) => [0n, -(x ** 3n), (x + 1n) ** 3n, x ** 3n + (x + 1n) ** 3n + 2n * y * (y - 1n) * (2n * x + 1n)],
  (x, y) => {
    const [even, odd] = [x ** 3n + 2n * x * y * y, 2n * x * x * y + y ** 3n];
    return [odd - even, -(x ** 3n), x ** 3n, even + odd];
  },
);
