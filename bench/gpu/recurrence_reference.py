"""A yardstick for bench/gpu/recurrence.ts: linear attention with one log-decay per step in Triton.

The same formulas in the same three launches (what every chunk of 64 rows adds to the state, a pass over chunks, all rows),
f32 throughout, forward and backward; checked against float64 before it is timed. Times are those of a CUDA graph, so no
launch from Python is in them. Needs a GPU with PyTorch and Triton.

    python3 bench/gpu/recurrence_reference.py [--tf32]
"""

import sys

import torch
import triton
import triton.language as tl

PRECISION = "tf32" if "--tf32" in sys.argv else "ieee"
CHUNK = 64
HEADS = 8


@triton.jit
def add_states(x, y, log, states, T, N, scale, H: tl.constexpr, D: tl.constexpr, C: tl.constexpr,
               BACK: tl.constexpr, P: tl.constexpr):
    """sum over rows of x_r w_r y_r^T, w what is left at the chunk's end (BACK: what is seen of its start), 64 columns."""
    chunk, head, block = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    rows = chunk * C + tl.arange(0, C)
    channels, columns = tl.arange(0, D), block * 64 + tl.arange(0, 64)
    at = (head // H * T + rows) * H + head % H
    own = tl.load(log + at)
    last = tl.load(log + (head // H * T + chunk * C + C - 1) * H + head % H)
    weight = scale * tl.exp(own) if BACK else tl.exp(last - own)
    a = tl.load(x + at[:, None] * D + channels[None, :]) * weight[:, None]
    b = tl.load(y + at[:, None] * D + columns[None, :])
    to = states + ((head * N + chunk) * D + channels[:, None]) * D + columns[None, :]
    tl.store(to, tl.dot(tl.trans(a), b, input_precision=P))


@triton.jit
def pass_over(states, log, T, N, H: tl.constexpr, D: tl.constexpr, C: tl.constexpr, BACK: tl.constexpr):
    """What chunks add becomes the state before each (BACK: the gradient of the state behind)."""
    head, part = tl.program_id(0), tl.program_id(1) * 256 + tl.arange(0, 256)
    state = tl.zeros([256], tl.float32)
    for i in range(N):
        chunk = N - 1 - i if BACK else i
        at = states + (head * N + chunk) * D * D + part
        added = tl.load(at)
        tl.store(at, state)
        decay = tl.exp(tl.load(log + (head // H * T + chunk * C + C - 1) * H + head % H))
        state = state * decay + added


@triton.jit
def outputs(q, k, v, log, states, o, T, N, scale, H: tl.constexpr, D: tl.constexpr, C: tl.constexpr, P: tl.constexpr):
    chunk, head, block = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    local = tl.arange(0, C)
    channels, columns = tl.arange(0, D), block * 64 + tl.arange(0, 64)
    at = (head // H * T + chunk * C + local) * H + head % H
    own = tl.load(log + at)
    a = tl.load(q + at[:, None] * D + channels[None, :])
    b = tl.load(k + at[:, None] * D + channels[None, :])
    seen = local[:, None] >= local[None, :]
    weight = tl.where(seen, tl.exp(tl.where(seen, own[:, None] - own[None, :], 0.0)), 0.0)
    scores = tl.dot(a, tl.trans(b), input_precision=P) * weight
    value = tl.load(v + at[:, None] * D + columns[None, :])
    state = tl.load(states + ((head * N + chunk) * D + channels[:, None]) * D + columns[None, :])
    result = tl.dot(scores, value, input_precision=P)
    result += tl.dot(a * tl.exp(own)[:, None], state, input_precision=P)
    tl.store(o + at[:, None] * D + columns[None, :], result * scale)


@triton.jit
def row_gradients(q, k, v, do, log, states, back, dq, dk, dv, T, N, scale, H: tl.constexpr, D: tl.constexpr,
                  C: tl.constexpr, P: tl.constexpr):
    chunk, head = tl.program_id(0), tl.program_id(1)
    local, channels = tl.arange(0, C), tl.arange(0, D)
    at = (head // H * T + chunk * C + local) * H + head % H
    tile = at[:, None] * D + channels[None, :]
    own = tl.load(log + at)
    last = tl.load(log + (head // H * T + chunk * C + C - 1) * H + head % H)
    left = tl.exp(last - own)
    seen = local[:, None] >= local[None, :]
    weight = tl.where(seen, tl.exp(tl.where(seen, own[:, None] - own[None, :], 0.0)), 0.0) * scale
    matrix = ((head * N + chunk) * D + channels[:, None]) * D + channels[None, :]
    queries, keys, gradient = tl.load(q + tile), tl.load(k + tile), tl.load(do + tile)
    scores = tl.dot(queries, tl.trans(keys), input_precision=P) * weight
    after = tl.load(back + matrix)
    values_gradient = tl.dot(tl.trans(scores), gradient, input_precision=P)
    values_gradient += tl.dot(keys * left[:, None], after, input_precision=P)
    tl.store(dv + tile, values_gradient)
    values = tl.load(v + tile)
    slopes = tl.dot(gradient, tl.trans(values), input_precision=P) * weight
    keys_gradient = tl.dot(tl.trans(slopes), queries, input_precision=P)
    keys_gradient += tl.dot(values * left[:, None], tl.trans(after), input_precision=P)
    tl.store(dk + tile, keys_gradient)
    before = tl.load(states + matrix)
    queries_gradient = tl.dot(slopes, keys, input_precision=P)
    queries_gradient += tl.dot(gradient * (scale * tl.exp(own))[:, None], tl.trans(before), input_precision=P)
    tl.store(dq + tile, queries_gradient)


def decays(gate):
    batch, steps, heads = gate.shape
    return gate.view(batch, steps // CHUNK, CHUNK, heads).cumsum(2).view(batch, steps, heads)


def made_states(x, y, log, scale, back):
    batch, steps, heads, d = x.shape
    n = steps // CHUNK
    states = torch.empty(batch * heads, n, d, d, device=x.device)
    add_states[(n, batch * heads, d // 64)](x, y, log, states, steps, n, scale, heads, d, CHUNK, back, PRECISION)
    pass_over[(batch * heads, d * d // 256)](states, log, steps, n, heads, d, CHUNK, back)
    return states


def forward(q, k, v, gate):
    batch, steps, heads, d = q.shape
    log, n, o = decays(gate), steps // CHUNK, torch.empty_like(v)
    states = made_states(k, v, log, 1.0, False)
    outputs[(n, batch * heads, d // 64)](q, k, v, log, states, o, steps, n, d**-0.5, heads, d, CHUNK, PRECISION)
    return o


def backward(q, k, v, gate, do):
    batch, steps, heads, d = q.shape
    log, n, scale = decays(gate), steps // CHUNK, d**-0.5
    states = made_states(k, v, log, 1.0, False)
    back = made_states(q, do, log, scale, True)
    dq, dk, dv = torch.empty_like(q), torch.empty_like(k), torch.empty_like(v)
    row_gradients[(n, batch * heads)](q, k, v, do, log, states, back, dq, dk, dv, steps, n, scale, heads, d, CHUNK,
                                      PRECISION, num_warps=8, num_stages=1)
    return dq, dk, dv, (q * dq - k * dk).sum(-1).flip(1).cumsum(1).flip(1)


def definition(q, k, v, gate):
    state = torch.zeros(q.shape[0], q.shape[2], q.shape[3], v.shape[3], dtype=q.dtype, device=q.device)
    rows = []
    for t in range(q.shape[1]):
        state = state * gate[:, t].exp()[..., None, None] + k[:, t, :, :, None] * v[:, t, :, None, :]
        rows.append((q[:, t, :, :, None] * state).sum(2) * q.shape[3] ** -0.5)
    return torch.stack(rows, 1)


def random_inputs(steps, d):
    torch.manual_seed(1)
    q, k, v, do = (torch.rand(1, steps, HEADS, d, device="cuda") * 2 - 1 for _ in range(4))
    return q, k, v, -0.1 * torch.rand(1, steps, HEADS, device="cuda"), do


def check(d):
    *inputs, do = random_inputs(256, d)
    exact = [x.double().requires_grad_() for x in inputs]
    wanted = definition(*exact)
    (wanted * do.double()).sum().backward()
    pairs = [(forward(*inputs), wanted), *zip(backward(*inputs, do), (x.grad for x in exact), strict=True)]
    for name, (made, right) in zip(("o", "dq", "dk", "dv", "dgate"), pairs, strict=True):
        error = ((made - right).square().mean() / right.square().mean()).sqrt().item()
        assert error < (1e-5 if PRECISION == "ieee" else 1e-2), f"{name} at d={d} is off by {error}"


def main():
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, triton {triton.__version__}, {PRECISION}")
    for d in (64, 128):
        check(d)
        for steps in (1024, 8192, 65536):
            *inputs, do = random_inputs(steps, d)
            for name, call in (("forward", lambda: forward(*inputs)), ("backward", lambda: backward(*inputs, do))):
                milliseconds = triton.testing.do_bench_cudagraph(call)
                rate = steps / milliseconds / 1e3
                print(f"scalarGate {name} H{HEADS} d{d} T{steps:<6} {rate:9.2f} Mtokens/s {1e3 * milliseconds:10.1f} us")


main()
