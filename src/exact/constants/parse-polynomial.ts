/** Polynomials in x with integer coefficients as people write them: "x^3-2*x+1", "3x^2 - 5". */
import { InputError } from "../../backends/contract.js";
import type { Tokens } from "./tokens.js";

const mostDegree = 64;

/** Coefficients, lowest first; stops at what is no further term. @throws InputError for a malformed term or a degree above 64 */
export function parsePolynomial(tokens: Tokens): bigint[] {
  const coefficients: bigint[] = [];
  let sign = tokens.take("-") ? -1n : 1n;
  for (;;) {
    const { factor, degree } = term(tokens);
    while (coefficients.length <= degree) coefficients.push(0n);
    coefficients[degree] = (coefficients[degree] as bigint) + sign * factor;
    const operator = tokens.take("+", "-");
    if (!operator) return coefficients;
    sign = operator === "-" ? -1n : 1n;
  }
}

function term(tokens: Tokens): { factor: bigint; degree: number } {
  let factor = 1n;
  if (tokens.peek() !== "x") {
    factor = whole(tokens.next());
    if (!tokens.take("*") && tokens.peek() !== "x") return { factor, degree: 0 };
  }
  tokens.expect("x");
  const degree = tokens.take("^") ? Number(whole(tokens.next())) : 1;
  if (degree > mostDegree)
    throw new InputError("parseConstant", "text", `has a polynomial of degree ${degree}, the most is ${mostDegree}`);
  return { factor, degree };
}

function whole(token: string): bigint {
  if (!/^\d+$/.test(token))
    throw new InputError(
      "parseConstant",
      "text",
      `has ${JSON.stringify(token)} where a polynomial in x needs an integer`,
    );
  return BigInt(token);
}
