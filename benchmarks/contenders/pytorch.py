"""PyTorch, eager: tensors in memory, one gather a batch, the fused Adam."""

from collections.abc import Callable
from itertools import pairwise

from benchmarks.workloads import BETA_1, BETA_2, EPSILON, RATE, Workload


def prepare(workload: Workload, dtype: str, threads: int) -> Callable[[int], float]:
    """As for all contenders."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    X, y = map(torch.from_numpy, workload.data(dtype))
    network = nn.Sequential()
    for n_in, n_out in pairwise(workload.layers):
        linear = nn.Linear(n_in, n_out)
        nn.init.xavier_uniform_(linear.weight)  # as the others draw theirs
        nn.init.zeros_(linear.bias)
        network.extend([linear, nn.Tanh()])
    network = network[:-1].to(X.dtype)
    loss_of = nn.CrossEntropyLoss()
    optimiser = torch.optim.Adam(
        network.parameters(), lr=RATE, betas=(BETA_1, BETA_2), eps=EPSILON, fused=True
    )

    def train(epochs: int) -> float:
        for _ in range(epochs):
            total = torch.zeros((), dtype=X.dtype)
            for batch in torch.randperm(len(X)).split(workload.batch):
                optimiser.zero_grad(set_to_none=True)
                loss = loss_of(network(X[batch]), y[batch])
                loss.backward()
                optimiser.step()
                total += loss.detach() * len(batch)
            mean = total.item() / len(X)
        return mean

    return train
