"""What torch knows of this unit, with inputs at any size."""

import numpy as np

from autograder import Twin


class Schedule(Twin):
    """A learning rate over the iterations: torch's is asked step by step."""

    sizes = (64, 256, 1024)

    def scheduler(self, torch, optimizer, **settings):
        raise NotImplementedError

    def torch(self, torch, iteration, **settings):
        first = settings.get("start", 1.0)
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=first)
        scheduler, rates = self.scheduler(torch, optimizer, **settings), []
        for _ in range(len(iteration)):
            rates += scheduler.get_last_lr()
            optimizer.step()
            scheduler.step()
        return torch.tensor(rates, dtype=torch.float64)


class Triangular(Schedule):
    exercises = ("triangular_lr",)

    def inputs(self, rng, size):
        return {"iteration": np.arange(5 * size), "base": 0.01, "top": float(rng.uniform(1, 3)), "half_cycle": size}

    def scheduler(self, torch, optimizer, base, top, half_cycle):
        return torch.optim.lr_scheduler.CyclicLR(optimizer, base, top, step_size_up=half_cycle, cycle_momentum=False)

    def forward(self, student, **inputs):
        return student.triangular_lr(**inputs), None


class Exponential(Schedule):
    exercises = ("exponential_lr",)

    def inputs(self, rng, size):
        return {"iteration": np.arange(size), "start": float(rng.uniform(1, 3)), "rate": 1 - 1 / size}

    def scheduler(self, torch, optimizer, start, rate):
        return torch.optim.lr_scheduler.ExponentialLR(optimizer, rate)

    def forward(self, student, **inputs):
        return student.exponential_lr(**inputs), None


class Standardize(Twin):
    exercises = ("standardize",)
    sizes = (64, 512, 2048)

    def inputs(self, rng, size):
        scale = rng.uniform(0.5, 5, size=size)
        return {
            "train": scale * rng.normal(2.0, 1.0, size=(2 * size, size)),
            "other": rng.normal(size=(size + 1, size)),
        }

    def torch(self, torch, train, other):
        std, mean = torch.std_mean(train, dim=0, correction=0)
        return (torch.cat([train, other]) - mean) / std

    def forward(self, student, train, other):
        return np.concatenate(student.standardize(train, other)), None

    def reduction(self, size):
        return 2 * size


class ConfusionMatrix(Twin):
    exercises = ("confusion_matrix",)
    sizes = (16, 64, 256)

    def inputs(self, rng, size):
        labels, predicted = rng.integers(0, size, size=(2, 20 * size))
        return {"labels": labels, "predicted": predicted, "classes": size}

    def torch(self, torch, labels, predicted, classes):
        return torch.bincount(labels * classes + predicted, minlength=classes**2).reshape(classes, classes)

    def forward(self, student, **inputs):
        return student.confusion_matrix(**inputs), None


class Area(Twin):
    exercises = ("auc",)
    sizes = (64, 4096, 65536)

    def inputs(self, rng, size):
        return {"x": np.sort(rng.uniform(size=size)), "y": rng.uniform(size=size)}

    def torch(self, torch, x, y):
        return torch.trapezoid(y, x)

    def forward(self, student, x, y):
        return np.asarray(student.auc(x, y)), None

    def reduction(self, size):
        return size


class BiasVariance(Twin):
    exercises = ("bias_variance",)
    sizes = (32, 256, 1024)

    def inputs(self, rng, size):
        target = rng.normal(size=size)
        return {"predictions": target + rng.normal(0.5, 1.0, size=(size + 1, size)), "target": target}

    def torch(self, torch, predictions, target):
        variance, mean = torch.var_mean(predictions, dim=0, correction=0)
        mse = torch.nn.functional.mse_loss(predictions, target.expand_as(predictions))
        return torch.stack([torch.nn.functional.mse_loss(mean, target), variance.mean(), mse])

    def forward(self, student, predictions, target):
        return np.array(student.bias_variance(predictions, target)), None

    def reduction(self, size):
        return size * (size + 1)


class Vote(Twin):
    exercises = ("vote",)
    sizes = (16, 64, 256)

    def inputs(self, rng, size):
        # A majority for each row, so that nothing hangs on ties.
        winners = np.tile(rng.integers(0, 7, size=3 * size), (size + 1, 1))
        return {"predictions": np.concatenate([winners, rng.integers(0, 7, size=(size, 3 * size))]), "classes": 7}

    def torch(self, torch, predictions, classes):
        return torch.mode(predictions, dim=0).values

    def forward(self, student, predictions, classes):
        return student.vote(predictions, classes), None


TWINS = [Triangular(), Exponential(), Standardize(), ConfusionMatrix(), Area(), BiasVariance(), Vote()]
