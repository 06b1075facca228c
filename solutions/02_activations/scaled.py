"""The activations in torch, with inputs at any size."""

from autograder import Twin


class Elementwise(Twin):
    """An activation and its derivative: the upstream gradient times the derivative is torch's gradient."""

    wrt = ("x",)
    sizes = (64, 512, 2048)

    def __init__(self, name, torch_function):
        self.exercises = (name, f"{name}_derivative")
        self.torch_function = torch_function

    def inputs(self, rng, size):
        return {"x": rng.normal(scale=3.0, size=(size, 2 * size + 1))}

    def torch(self, torch, x):
        return self.torch_function(torch, x)

    def forward(self, student, x):
        return getattr(student, self.exercises[0])(x), None

    def backward(self, student, dout, cache, x):
        return dout * getattr(student, self.exercises[1])(x)


class Step(Elementwise):
    """The step has no gradient to speak of: only its values are compared."""

    wrt = ()

    def __init__(self):
        self.exercises = ("step",)

    def torch(self, torch, x):
        return torch.heaviside(x, torch.zeros((), dtype=x.dtype))


class Softmax(Twin):
    exercises = ("softmax", "softmax_backward")
    wrt = ("x",)
    sizes = (64, 512, 2048)

    def inputs(self, rng, size):
        return {"x": rng.normal(scale=4.0, size=(size, size + 3, 2)), "axis": 1}

    def torch(self, torch, x, axis):
        return torch.softmax(x, dim=axis)

    def forward(self, student, x, axis):
        out = student.softmax(x, axis=axis)
        return out, out

    def backward(self, student, dout, cache, x, axis):
        return student.softmax_backward(dout, cache, axis=axis)

    def reduction(self, size):
        return size + 3


class LogSoftmax(Softmax):
    exercises = ("log_softmax",)
    wrt = ()

    def torch(self, torch, x, axis):
        return torch.log_softmax(x, dim=axis)

    def forward(self, student, x, axis):
        return student.log_softmax(x, axis=axis), None


class Maxout(Twin):
    exercises = ("maxout", "maxout_backward")
    wrt = ("x",)
    sizes = (64, 512, 2048)

    def inputs(self, rng, size):
        return {"x": rng.normal(size=(size, 3 * (size + 2))), "pieces": 3}

    def torch(self, torch, x, pieces):
        return x.reshape(len(x), pieces, -1).max(dim=1).values

    def forward(self, student, x, pieces):
        return student.maxout(x, pieces), None

    def backward(self, student, dout, cache, x, pieces):
        return student.maxout_backward(dout, x, pieces)


TWINS = [
    Step(),
    Elementwise("sigmoid", lambda torch, x: torch.sigmoid(x)),
    Elementwise("tanh", lambda torch, x: torch.tanh(x)),
    Elementwise("lecun_tanh", lambda torch, x: 1.7159 * torch.tanh(2 * x / 3)),
    Elementwise("relu", lambda torch, x: torch.relu(x)),
    Elementwise("leaky_relu", lambda torch, x: torch.nn.functional.leaky_relu(x)),
    Softmax(),
    LogSoftmax(),
    Maxout(),
]
