/**
 * The record of one function: every call and view that what is differentiated went through, in order. It listens while the function
 * runs, and passes gradients back through the steps in reverse.
 *
 * Tensors are followed by identity, and by the writes to their memory: the one that shows other bytes than when it was recorded is
 * refused. Everything that the steps keep is held under the tape's own scope until they have passed their gradients on.
 */
import { InputError, UnsupportedError } from "../backends/contract.js";
import type { Pullback } from "../engine/gradient.js";
import type { PreparedCall } from "../engine/operation.js";
import type { AnySpec } from "../engine/placement.js";
import { type Recorder, withRecorder } from "../engine/recorder.js";
import { Scope } from "../engine/scope.js";
import type { TensorHost } from "../engine/tensor-host.js";
import { isFloat, sizeOf } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { Kept } from "./kept.js";
import { Slot } from "./slot.js";
import { CallStep, type Prepared, type Step, ViewStep } from "./steps.js";
import { ruleOf } from "./table.js";
import { tensorsOf } from "./trees.js";

interface Track {
  /** Undefined for a constant. */
  readonly slot: Slot | undefined;
  /** To the tensor's memory, when it got its value. */
  readonly writes: number;
}

/** A call that the tape records: what it read, before it ran. */
export interface Operands {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly names: readonly string[];
  readonly slots: readonly (Slot | undefined)[];
  /** To each input's memory, before the call. */
  readonly writes: readonly number[];
}

export class Tape implements Recorder {
  readonly engine: TensorHost;
  readonly #held = new Scope();
  readonly #tracks = new Map<Tensor, Track>();
  /** Memory that recorded calls wrote to through `out`. */
  readonly #written = new Set<unknown>();
  readonly #captured = new Set<Tensor>();
  readonly #steps: Step[] = [];

  constructor(engine: TensorHost) {
    this.engine = engine;
  }

  /** A tensor to differentiate with respect to. */
  watch(tensor: Tensor): Slot {
    return this.#track(tensor);
  }

  /** A tensor to take for a constant. */
  ignore(tensor: Tensor): void {
    this.#tracks.set(tensor, { slot: undefined, writes: tensor.storage.writes });
  }

  /** Where a tensor's gradient adds up; undefined for a constant. */
  slotOf(tensor: Tensor): Slot | undefined {
    return this.#tracks.get(tensor)?.slot;
  }

  /** Runs a function with the tape listening. What it makes and does not return is disposed, but for what the tape keeps. */
  run<R>(body: () => R): R {
    return this.engine.scope((scope) => {
      const result = withRecorder(this, body);
      const returned = new Set(tensorsOf(result));
      for (const tensor of this.#captured) if (!returned.has(tensor)) scope.handOver(tensor, this.#held);
      return result;
    });
  }

  call<P>(spec: AnySpec<P>, call: PreparedCall<P>, args: readonly unknown[]) {
    const operands = this.operandsOf(spec.name, call.inputs, call.names);
    const first = operands.slots.findIndex(Boolean);
    const rule = first < 0 ? undefined : ruleOf(spec, operands.names[first] as string);
    const targets = (call.out ?? []).filter((out) => out !== undefined);
    if (!rule) {
      if (targets.length === 0) return undefined;
      return () => {
        for (const out of targets) this.ignore(out);
      };
    }
    // An operand that is also the result goes by another name: a rule that reads the one does not mean the other.
    const inputs = call.inputs.map((input) => (targets.includes(input) ? this.#alias(input) : input));
    return (outputs: readonly Tensor[]) => {
      for (const out of targets) this.#written.add(out.storage);
      const pullbacks = rule({ inputs, names: operands.names, outputs, params: call.params, args });
      this.record({ ...operands, inputs }, outputs, pullbacks);
    };
  }

  view(base: Tensor, view: Tensor): void {
    const slot = this.#find("view", "this", base)?.slot;
    if (slot)
      this.#steps.push(new ViewStep(slot, this.#track(view), (view.byteOffset - base.byteOffset) / sizeOf(base.dtype)));
  }

  /** The operands of a call, before it runs. @throws InputError for one whose memory was overwritten */
  operandsOf(op: string, inputs: readonly Tensor[], given: readonly string[] = []): Operands {
    const names = inputs.map((_, index) => given[index] ?? `#${index}`);
    const slots = inputs.map((input, index) => this.#find(op, names[index] as string, input)?.slot);
    return { op, inputs, names, slots, writes: inputs.map((input) => input.storage.writes) };
  }

  /** A call that has run. */
  record(operands: Operands, outputs: readonly Tensor[], pullbacks: readonly Pullback[]): void {
    const { op, names, slots } = operands;
    const wanted = pullbacks.filter(({ to }) => to.some((operand) => slots[operand]));
    const missing = slots.findIndex((slot, index) => slot && !wanted.some(({ to }) => to.includes(index)));
    if (missing >= 0) {
      throw new UnsupportedError(op, `argument ${names[missing]} needs a gradient, and the operation has none for it`);
    }
    const results = outputs.map((output) => (isFloat(output.dtype) ? this.#track(output) : undefined));
    const prepared = wanted.map((pullback) => this.#prepare(pullback, operands));
    this.#steps.push(new CallStep(op, slots, names, results, prepared));
  }

  /** Has tensors outlive the function that makes them, because a checkpoint will use them again. */
  capture(tensors: Iterable<Tensor>): void {
    for (const tensor of tensors) this.#captured.add(tensor);
  }

  /** Passes the gradients in the slots back to where they come from. @param keep the steps, for another time */
  backward(keep: boolean): void {
    withRecorder(undefined, () => {
      for (const step of this.#steps.toReversed()) {
        if (step.results.some((slot) => slot?.sum)) step.pass(this.engine);
        for (const slot of step.results) slot?.release();
        if (!keep) step.release(this.#held);
      }
    });
    if (!keep) this.release();
  }

  /** Gives back everything that it holds. */
  release(): void {
    for (const step of this.#steps) for (const slot of step.results) slot?.release();
    this.#steps.length = 0;
    this.#tracks.clear();
    this.#written.clear();
    this.#captured.clear();
    this.#held.dispose();
  }

  #prepare(pullback: Pullback, { op, inputs, names, writes }: Operands): Prepared {
    const kept = pullback.reads.map((tensor) => {
      const index = inputs.indexOf(tensor);
      const where = [op, names[index] ?? "result"] as const;
      return new Kept(where, this.#alias(tensor), writes[index] ?? tensor.storage.writes);
    });
    return { pullback, kept };
  }

  /** The tape's own hold on a tensor's memory. */
  #alias(tensor: Tensor): Tensor {
    return withRecorder(undefined, () => tensor.alias(this.#held));
  }

  #track(tensor: Tensor): Slot {
    const slot = new Slot(tensor);
    this.#tracks.set(tensor, { slot, writes: tensor.storage.writes });
    return slot;
  }

  #find(op: string, argument: string, tensor: Tensor): Track | undefined {
    const track = this.#tracks.get(tensor);
    const { storage } = tensor;
    if (track ? track.writes === storage.writes : !this.#written.has(storage)) return track;
    throw new InputError(op, argument, "shows memory that a call has overwritten since; its gradient would be wrong");
  }
}
