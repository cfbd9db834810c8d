import { describe, expect, test } from "vitest";
import { DisposedError, InputError } from "../../src/backends/contract.js";
import { Scope } from "../../src/engine/scope.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testEngine } from "./engines.js";
import { mix } from "./probe-ops.js";

const u32 = (...values: number[]) => Uint32Array.from(values);

describe("engine.scope", () => {
  test("disposes what its body makes and hands over what it returns", () => {
    const engine = testEngine();
    const outside = engine.tensor(u32(1, 2));
    let inside: Tensor | undefined;
    const result = engine.scope(() => {
      inside = mix(outside, outside);
      return mix(inside, outside);
    });
    expect([outside.disposed, inside?.disposed, result.disposed]).toEqual([false, true, false]);
    expect(result.dataSync()).toEqual(u32(13, 26));
    expect(engine.memory().tensors).toBe(2);
  });

  test("finds results in arrays and plain objects, and only there", () => {
    const engine = testEngine();
    class Holder {
      constructor(readonly tensor: Tensor) {}
    }
    const result = engine.scope(() => ({
      list: [engine.tensor(1), [engine.tensor(2)]],
      deep: { also: engine.tensor(3) },
      holder: new Holder(engine.tensor(4)),
      nothing: null,
    }));
    expect(engine.memory().tensors).toBe(3);
    expect(result.holder.tensor.disposed).toBe(true);
  });

  test("nested, hands results to the scope around it", () => {
    const engine = testEngine();
    let inner: Tensor | undefined;
    engine.scope(() => {
      inner = engine.scope(() => engine.tensor(1));
      expect(inner.disposed).toBe(false);
    });
    expect(inner?.disposed).toBe(true);
  });

  test("nested, leaves alone what it returns but did not make", () => {
    const engine = testEngine();
    const outside = engine.tensor(1);
    using own = new Scope();
    const owned = engine.tensor(2, { scope: own });
    engine.scope(() => engine.scope(() => [outside, owned]));
    expect([outside.disposed, owned.disposed]).toEqual([false, false]);
  });

  test("disposes everything when the body throws", () => {
    const engine = testEngine();
    const failing = () => {
      engine.tensor(1);
      throw new RangeError("from the body");
    };
    expect(() => engine.scope(failing)).toThrow(RangeError);
    expect(engine.memory().tensors).toBe(0);
    // The stack of scopes is intact: a tensor made now belongs to nobody.
    expect(engine.tensor(1).disposed).toBe(false);
  });

  test("refuses a body that returns a promise, and disposes what it made", () => {
    const engine = testEngine();
    expect(() => engine.scope(async () => engine.tensor(1))).toThrow(InputError);
    expect(engine.memory().tensors).toBe(0);
  });

  test("keeps the memory of a view that outlives its base", () => {
    const engine = testEngine();
    const row = engine.scope(() => engine.tensor(u32(1, 2, 3, 4), { shape: [2, 2] }).rows(1, 2));
    expect(row.dataSync()).toEqual(u32(3, 4));
    row.dispose();
    expect(engine.memory().wasm.usedBytes).toBe(0);
  });

  test("disposes an operation's tensors and not its out argument", () => {
    const engine = testEngine();
    const a = engine.tensor(u32(1));
    const out = engine.tensor(u32(0));
    engine.scope(() => mix(a, a, { out }));
    expect(out.dataSync()).toEqual(u32(4));
  });
});

describe("an explicit scope", () => {
  test("owns what is made with it, across asynchronous code", async () => {
    const engine = testEngine();
    const scope = new Scope();
    const a = engine.tensor(u32(1), { scope });
    await Promise.resolve();
    const b = mix(a, a, { scope });
    const kept = scope.keep(mix(b, b, { scope }));
    scope.dispose();
    expect([a.disposed, b.disposed, kept.disposed]).toEqual([true, true, false]);
  });

  test("wins over the innermost open scope", () => {
    const engine = testEngine();
    const scope = new Scope();
    const tensor = engine.scope(() => {
      const made = engine.tensor(1, { scope });
      expect(made.disposed).toBe(false);
      return [made] as const;
    })[0];
    expect(tensor.disposed).toBe(false);
    scope.dispose();
    expect(tensor.disposed).toBe(true);
  });

  test("ends with its block through using", () => {
    const engine = testEngine();
    let tensor: Tensor;
    {
      using scope = new Scope();
      tensor = engine.tensor(1, { scope });
    }
    expect(tensor.disposed).toBe(true);
  });

  test("takes a tensor that was made without it", () => {
    const engine = testEngine();
    const scope = new Scope();
    const tensor = scope.track(engine.tensor(1));
    scope.dispose();
    expect(tensor.disposed).toBe(true);
  });

  test("takes nothing more once disposed, and nothing is allocated for it", () => {
    const engine = testEngine();
    const scope = new Scope();
    scope.dispose();
    scope.dispose();
    const a = engine.tensor(u32(1));
    const before = engine.memory();
    expect(() => scope.track(a)).toThrow(DisposedError);
    expect(() => engine.tensor(1, { scope })).toThrow("tensor: argument scope is disposed");
    expect(() => mix(a, a, { scope })).toThrow("mix: argument scope is disposed");
    expect(() => a.alias(scope)).toThrow(DisposedError);
    expect(engine.memory()).toEqual({ ...before, wasm: { ...before.wasm } });
  });

  test("must be a scope", () => {
    const engine = testEngine();
    expect(() => engine.tensor(1, { scope: {} as Scope })).toThrow(
      "tensor: argument scope must be a Scope, got object",
    );
  });
});
