/** Activations that a product can end with. */

/** Names and the numbers of their kernels in f32_unary and f64_unary. */
export const activationKernels = { relu: 4, gelu: 26, silu: 24, tanh: 21, sigmoid: 23 } as const;

export type Activation = keyof typeof activationKernels;

export const activationNames = Object.keys(activationKernels) as readonly Activation[];

export function isActivation(value: unknown): value is Activation {
  return typeof value === "string" && Object.hasOwn(activationKernels, value);
}

/** The kernel number, -1 for none. */
export function activationKernel(activation: Activation | undefined): number {
  return activation === undefined ? -1 : activationKernels[activation];
}
