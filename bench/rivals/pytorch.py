"""PyTorch's side of the bench: reads requests as lines of JSON, answers with lines of JSON.

{"ask": "open", "work": …}  -> {"version": …, "threads": …, "setting": …}
{"ask": "sample", "runs": n} -> {"milliseconds": …, "cpu": …}, of all runs together
{"ask": "result"}            -> {"numbers": float32 in base64}

Work is described as in cases/case.ts, and inputs are made from the same seeds.
"""

import base64
import json
import math
import os
import sys
import time

import numpy
import torch
import torch.nn.functional as functional

# What libraries print must not get between the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

MOST_COMPARED = 65536


def uniform(n, seed, low=-1.0, high=1.0):
    """The numbers of `uniform` in cases/inputs.ts (mulberry32)."""
    with numpy.errstate(over="ignore"):
        step = numpy.uint32(0x6D2B79F5)
        state = numpy.arange(1, n + 1, dtype=numpy.uint32) * step + numpy.uint32(seed)
        bits = (state ^ (state >> numpy.uint32(15))) * (state | numpy.uint32(1))
        bits = (bits + (bits ^ (bits >> numpy.uint32(7))) * (bits | numpy.uint32(61))) ^ bits
        bits = bits ^ (bits >> numpy.uint32(14))
    scale = (high - low) / 2**32
    return (low + bits.astype(numpy.float64) * scale).astype(numpy.float32)


def tensor(n_or_shape, seed, low=-1.0, high=1.0):
    shape = tuple(n_or_shape)
    return torch.from_numpy(uniform(math.prod(shape), seed, low, high).reshape(shape))


def matmul(work):
    m, k, n, turned = work["m"], work["k"], work["n"], work["transposed"]
    several = () if work["batch"] == 1 else (work["batch"],)
    a = tensor(several + ((k, m) if turned == "first" else (m, k)), 1)
    b = tensor(several + ((n, k) if turned == "second" else (k, n)), 2)
    a = a.transpose(-1, -2) if turned == "first" else a
    b = b.transpose(-1, -2) if turned == "second" else b
    return lambda: torch.matmul(a, b), False


def rounded_matmul(work):
    shape = (work["n"], work["n"])
    a, b = (tensor(shape, seed).to(torch.bfloat16) for seed in (1, 2))
    return lambda: torch.matmul(a, b), False


def convolution(work):
    batch, side, channels, size = work["batch"], work["side"], work["channels"], work["kernel"]
    pixels = (batch, side, side, channels)
    last = torch.channels_last
    images = tensor(pixels, 1).permute(0, 3, 1, 2).contiguous(memory_format=last)
    cotangent = tensor(pixels, 3).permute(0, 3, 1, 2).contiguous(memory_format=last)
    kernel = tensor((size, size, channels, channels), 2, -0.1, 0.1)
    kernel = kernel.permute(3, 2, 0, 1).contiguous(memory_format=last)
    if work["part"] == "output":
        return lambda: functional.conv2d(images, kernel, padding=1).permute(0, 2, 3, 1), False
    wanted = [work["part"] == "input gradient", work["part"] == "kernel gradient", False]

    def gradient():
        backward = torch.ops.aten.convolution_backward(
            cotangent, images, kernel, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, wanted
        )
        if wanted[0]:
            return backward[0].permute(0, 2, 3, 1)
        return backward[1].permute(2, 3, 1, 0)

    return gradient, False


def chain(work):
    x = tensor((work["n"],), 1)

    def eight(x):
        y = ((x * 1.5 + 0.25).abs() * 0.75 + -0.5) * 2
        return y.clamp_min(-0.25).clamp_max(0.75)

    return eight, True, x


def total(work):
    x = tensor((work["n"],), 1, 0, 1)
    return lambda: torch.sum(x), False


def softmax(work):
    x = tensor((work["rows"], work["columns"]), 1)
    return lambda x: torch.softmax(x, -1), True, x


def layer_norm(work):
    columns = work["columns"]
    x = tensor((work["rows"], columns), 1)
    scale, shift = tensor((columns,), 2, 0.5, 1.5), tensor((columns,), 3)
    return lambda x: functional.layer_norm(x, (columns,), scale, shift, 1e-5), True, x


def attention(work):
    shape = (work["batch"], work["tokens"], work["heads"], work["width"])
    q, k, v, cotangent = (
        tensor(shape, seed, low, -low).permute(0, 2, 1, 3).contiguous()
        for seed, low in ((1, -2.0), (2, -2.0), (3, -1.0), (4, -1.0))
    )

    def attend(q, k, v):
        return functional.scaled_dot_product_attention(q, k, v, is_causal=work["causal"])

    if work["part"] == "output":
        return lambda: attend(q, k, v).permute(0, 2, 1, 3), False
    for x in (q, k, v):
        x.requires_grad_()

    def gradients():
        found = torch.autograd.grad(attend(q, k, v), (q, k, v), cotangent)
        return [g.permute(0, 2, 1, 3) for g in found]

    return gradients, False


def cumsum(work):
    x = tensor((work["rows"], work["columns"]), 1)
    return lambda: torch.cumsum(x, -1), False


def sort(work):
    x = tensor((work["n"],), 1)
    return lambda: torch.sort(x).values, False


def gather(work):
    table = tensor((work["rows"], work["columns"]), 1)
    places = uniform(work["count"], 2, 0, work["rows"]).astype(numpy.int64)
    places = torch.from_numpy(numpy.minimum(places, work["rows"] - 1))
    return lambda: torch.index_select(table, 0, places), False


class Training:
    """A step that changes what it starts from; results are the loss and all parameters."""

    def __init__(self, parameters, optimiser, loss, layout):
        self.parameters, self.optimiser, self.loss, self.layout = parameters, optimiser, loss, layout

    def __call__(self, loss):
        self.optimiser.zero_grad(set_to_none=True)
        value = loss()
        value.backward()
        self.optimiser.step()
        self.value = value.item()

    def result(self):
        arrays = [self.layout(i, p.detach()) for i, p in enumerate(self.parameters)]
        return [torch.tensor([self.value])] + arrays


def training(work):
    batch, side, classes = work["batch"], 28, 10
    shapes = [(3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,), (3136, 128), (128,), (128, classes), (classes,)]
    parameters = []
    for i, shape in enumerate(shapes):
        if len(shape) == 1:
            parameters.append(torch.zeros(shape))
            continue
        scale = math.sqrt(6 * shape[-1] / math.prod(shape))
        p = tensor(shape, 10 + i, -scale, scale)
        if len(shape) == 4:
            p = p.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
        parameters.append(p)
    for p in parameters:
        p.requires_grad_()
    images = tensor((batch, side, side, 1), 1, 0, 1).permute(0, 3, 1, 2)
    images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.from_numpy(numpy.floor(uniform(batch, 2, 0, classes)).astype(numpy.int64))

    def loss():
        k1, b1, k2, b2, w1, c1, w2, c2 = parameters
        x = functional.max_pool2d(functional.relu(functional.conv2d(images, k1, b1, padding=1)), 2)
        x = functional.max_pool2d(functional.relu(functional.conv2d(x, k2, b2, padding=1)), 2)
        x = functional.relu(torch.addmm(c1, x.permute(0, 2, 3, 1).reshape(batch, 3136), w1))
        return functional.cross_entropy(torch.addmm(c2, x, w2), labels)

    optimiser = torch.optim.SGD(parameters, lr=0.05, momentum=0.9)
    layout = lambda i, p: p.permute(2, 3, 1, 0) if p.dim() == 4 else p
    return Training(parameters, optimiser, loss, layout)


def block(work):
    batch, tokens, width = work["batch"], work["tokens"], work["width"]
    heads, hidden = work["heads"], work["hidden"]
    shapes = [(width,), (width,), (width, 3 * width), (width, width), (width,), (width,), (width,)]
    shapes += [(width, hidden), (hidden,), (hidden, width), (width,)]
    parameters = []
    for i, shape in enumerate(shapes):
        if len(shape) == 1:
            parameters.append(torch.full(shape, 1.0 if i in (0, 5) else 0.0))
            continue
        most = math.sqrt(3 / shape[0])
        parameters.append(tensor(shape, 10 + i, -most, most))
    for p in parameters:
        p.requires_grad_()
    x, target = (tensor((batch, tokens, width), seed) for seed in (1, 2))

    def loss():
        s1, b1, qkv, out, out_bias, s2, b2, w1, c1, w2, c2 = parameters
        several = functional.layer_norm(x, (width,), s1, b1) @ qkv
        q, k, v = (
            part.reshape(batch, tokens, heads, width // heads).transpose(1, 2)
            for part in several.split(width, -1)
        )
        attended = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2)
        y = x + attended.reshape(batch, tokens, width) @ out + out_bias
        inner = functional.layer_norm(y, (width,), s2, b2) @ w1 + c1
        z = y + functional.gelu(inner, approximate="tanh") @ w2 + c2
        return functional.mse_loss(z, target)

    optimiser = torch.optim.AdamW(parameters, lr=1e-3, eps=1e-6, weight_decay=0.01, fused=True)
    return Training(parameters, optimiser, loss, lambda i, p: p)


def call(work):
    x = tensor((16,), 1)

    def calls():
        y = x
        for _ in range(work["calls"]):
            y = y * 0.5 + 1
        return y

    return calls, False


WORKSHOP = {
    "matmul": matmul,
    "roundedMatmul": rounded_matmul,
    "convolution": convolution,
    "chain": chain,
    "sum": total,
    "softmax": softmax,
    "layerNorm": layer_norm,
    "attention": attention,
    "cumsum": cumsum,
    "sort": sort,
    "gather": gather,
    "training": training,
    "block": block,
    "call": call,
}


def seconds(body, least=0.3):
    """The fastest of some runs."""
    best, end = math.inf, time.perf_counter() + least
    while True:
        start = time.perf_counter()
        body()
        now = time.perf_counter()
        best = min(best, now - start)
        if now > end:
            return best


def faster(eager, make_compiled):
    """The eager function or the compiled one, whichever runs faster, and which one it is."""
    try:
        compiled = make_compiled()
        compiled()
        compiled()
    except Exception as error:  # torch.compile needs a C++ compiler, and knows not every function.
        return eager, f"eager (torch.compile failed: {type(error).__name__})"
    eager()
    slow, fast = seconds(eager), seconds(compiled)
    if fast < slow:
        return compiled, f"torch.compile, {slow / fast:.2f} times as fast as eager"
    return eager, f"eager, {fast / slow:.2f} times as fast as torch.compile"


class Session:
    def open(self, request):
        made = WORKSHOP[request["work"]["kind"]](request["work"])
        self.newest = None
        self.training = made if isinstance(made, Training) else None
        if self.training is not None:
            self.run, which = self.train(request["work"])
        elif made[1]:
            body, x = made[0], made[2]
            compiled = torch.compile(body)
            keep = lambda f: lambda: self.keep(f(x))
            self.run, which = faster(keep(body), lambda: keep(compiled))
        else:
            self.run, which = (lambda: self.keep(made[0]())), "eager"
        return {
            "version": torch.__version__,
            "threads": torch.get_num_threads(),
            "setting": which,
        }

    def train(self, work):
        """Which way is faster is tried on a twin, for a step changes its parameters."""
        twin = WORKSHOP[work["kind"]](work)
        compiled = torch.compile(twin.loss)
        eager = lambda: twin(twin.loss)
        chosen, which = faster(eager, lambda: lambda: twin(compiled))
        ours = self.training
        if chosen is eager:
            return lambda: ours(ours.loss), which
        again = torch.compile(ours.loss)
        return lambda: ours(again), which

    def keep(self, value):
        self.newest = value

    def sample(self, request):
        before = time.process_time()
        start = time.perf_counter()
        for _ in range(request["runs"]):
            self.run()
        milliseconds = 1000 * (time.perf_counter() - start)
        return {"milliseconds": milliseconds, "cpu": 1000 * (time.process_time() - before)}

    def result(self, request):
        found = self.training.result() if self.training is not None else self.newest
        arrays = found if isinstance(found, (list, tuple)) else [found]
        flat = numpy.concatenate([a.detach().float().contiguous().numpy().reshape(-1) for a in arrays])
        if len(flat) > MOST_COMPARED:
            step = len(flat) / MOST_COMPARED
            flat = flat[numpy.floor(numpy.arange(MOST_COMPARED) * step).astype(numpy.int64)]
        return {"numbers": base64.b64encode(flat.astype("<f4").tobytes()).decode()}


def main():
    session = Session()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(session, request["ask"])(request)
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


main()
