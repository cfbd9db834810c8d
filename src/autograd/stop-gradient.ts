/** The end of a gradient's way. */
import { currentRecorder, withRecorder } from "../engine/recorder.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import { Tape } from "./tape.js";

/** The same values, for a gradient a constant. A view: it costs nothing, and is the same tensor where nothing is recorded. */
export function stopGradient(tensor: Tensor): Tensor {
  assertTensor("stopGradient", "tensor", tensor);
  const recorder = currentRecorder();
  const constant = withRecorder(undefined, () => tensor.alias());
  if (recorder instanceof Tape) recorder.ignore(constant);
  return constant;
}
